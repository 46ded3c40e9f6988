"""A channel as clients older than conda 4.7 can read it: each package as .tar.bz2, in a sibling of the channel."""
