"""The ledger: every channel, snapshot and file name of a forge, in one SQLite database."""
