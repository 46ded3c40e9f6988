"""The only room that runs programs, sends requests and writes files."""
