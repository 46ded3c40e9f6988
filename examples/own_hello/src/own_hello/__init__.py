"""Greetings for people at internationalized host names."""
