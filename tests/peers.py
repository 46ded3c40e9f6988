"""conda itself, where there is one: it isn't installed by this project, so a variable says where it is."""

import os
import subprocess

import pytest

VARIABLE = "PEER_CONDA"


def python_with_conda(*modules: str) -> str:
    """Give the Python of PEER_CONDA; skip where the variable isn't set, and fail where it has not all of that."""
    python = os.environ.get(VARIABLE)
    if not python:
        pytest.skip(f"{VARIABLE} names no Python that has conda and conda-index")
    done = subprocess.run([python, "-c", f"import {', '.join(modules)}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{VARIABLE}={python} has not all of {modules}: {done.stderr}"
    return python
