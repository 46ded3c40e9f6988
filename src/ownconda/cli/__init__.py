"""The terminal door: one file a command, options to one call to a rendered result."""
