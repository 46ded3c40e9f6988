"""Bytes by key: what is kept once, whatever it is called."""
