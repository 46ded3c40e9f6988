"""Transfers: a stretch of a forge's history as data, given to another forge that has it as it is."""
