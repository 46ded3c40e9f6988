"""A forge seen from outside: its channels, uploads and sources over HTTP."""
