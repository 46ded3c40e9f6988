"""What is claimed of packages, and by whom: in-toto statements, signatures, and the files beside a package."""
