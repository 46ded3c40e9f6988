"""conda-build's recipe format, ``meta.yaml``: read as conda-build reads it, without ever running what it says."""
