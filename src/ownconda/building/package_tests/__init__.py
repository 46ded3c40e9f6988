"""Packages that were built, whoever built them, tested in fresh environments; and what depends on them."""
