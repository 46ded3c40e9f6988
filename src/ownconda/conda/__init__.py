"""Conda's nouns: names, subdirs, match specs, records, package files, the solver. Rattler's types stop here."""
