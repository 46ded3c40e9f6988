"""The upkeep of a forge's folder: its index files, what expires and is removed, backups, checks."""
