"""A Python package index as the PEPs have it: projects, files, and the user's pip configuration."""
