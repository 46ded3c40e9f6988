"""Configuration of web servers that stand before a forge, written out of what the forge is."""
