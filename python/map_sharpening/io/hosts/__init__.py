"""Files expected by programs that start this one."""
