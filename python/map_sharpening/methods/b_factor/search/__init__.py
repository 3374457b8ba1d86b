"""Which B factor: trials of each method, their scores, the choice."""
