"""Channels, their snapshots and the ledger: admit, promote, roll back."""
