"""Facts of a git repository."""
