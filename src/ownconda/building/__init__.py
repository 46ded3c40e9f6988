"""From Builds to sealed, tested packages in an indexed channel on disk."""
