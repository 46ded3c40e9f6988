"""Upstream archives by checksum: where they are looked for, the cache they are kept in."""
