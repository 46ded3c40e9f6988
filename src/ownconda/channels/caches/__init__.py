"""Caches: channels elsewhere of which a forge keeps what was asked for. They have no snapshots and reserve no names."""
