"""What Python users expect of maps and results beyond their values; see `outer.Outer`."""
