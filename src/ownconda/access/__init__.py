"""Who may do what in a forge."""
