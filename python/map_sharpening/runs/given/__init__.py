"""What a user gives without saying what it is: files, told apart by their content."""
