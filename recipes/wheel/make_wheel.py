"""Writes a minimal wheel; wheel itself keeps its RECORD."""

import sys

from wheel.wheelfile import WheelFile

with WheelFile(sys.argv[1], "w") as archive:
    archive.writestr("hello.py", "answer = 42\n")
    archive.writestr("hello-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1\n")
    archive.writestr("hello-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
