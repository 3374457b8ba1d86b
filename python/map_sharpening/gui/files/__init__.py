"""Files that are given: what each is, and how it looks."""
