"""Environments: specs and channels to an installed prefix."""
