"""From entries to every index format that conda clients read, and to the disk."""
