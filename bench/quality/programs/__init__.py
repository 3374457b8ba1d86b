"""Programs that are compared, ours and others: a case in, a map out."""
