"""Programs that are timed, and scripts that time parts of ours."""
