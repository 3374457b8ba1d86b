"""Views of a map in the report: its surface, and its sections one by one."""
