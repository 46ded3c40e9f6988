"""Uses every library that Python is linked against, for real: argument 1 is the wanted version."""

import bz2
import ctypes
import curses
import decimal
import hashlib
import lzma
import multiprocessing
import pathlib
import platform
import readline
import sqlite3
import ssl
import subprocess
import sys
import sysconfig
import tempfile
import uuid
import venv
import xml.etree.ElementTree as ET
import zlib

assert platform.python_version() == sys.argv[1], platform.python_version()
prefix = pathlib.Path(sys.prefix)

# The libraries come from the same prefix, not from the machine.
hashlib.sha256(b"")
mapped = {line.split()[-1] for line in pathlib.Path("/proc/self/maps").read_text().splitlines() if ".so" in line}
for stem in "bz2 crypto expat ffi lzma ncursesw python3.13 readline sqlite3 ssl z".split():
    found = [path for path in mapped if pathlib.Path(path).name.startswith(f"lib{stem}.so")]
    assert found, f"lib{stem} is not loaded"
    assert all(prefix in pathlib.Path(path).parents for path in found), found

text = b"from source " * 1000
for codec in (bz2, lzma, zlib):
    assert codec.decompress(codec.compress(text)) == text, codec

assert hashlib.new("sha256", b"abc").hexdigest().startswith("ba7816bf8f01cfea")
assert hashlib.scrypt(b"password", salt=b"NaCl", n=1024, r=8, p=16, dklen=4).hex() == "fdbabe1c"

context = ssl.create_default_context()
assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
assert ssl.HAS_TLSv1_3
assert pathlib.Path(ssl.get_default_verify_paths().openssl_capath) == prefix / "ssl" / "certs"

with sqlite3.connect(":memory:") as database:
    database.execute("CREATE VIRTUAL TABLE note USING fts5(body)")
    database.execute("INSERT INTO note VALUES ('every library from source')")
    assert database.execute("SELECT count(*) FROM note WHERE note MATCH 'library'").fetchone() == (1,)
    database.enable_load_extension(True)

compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
numbers = (ctypes.c_int * 5)(4, 1, 5, 2, 3)
ctypes.CDLL(None).qsort(numbers, 5, ctypes.sizeof(ctypes.c_int), compare(lambda left, right: left[0] - right[0]))
assert list(numbers) == [1, 2, 3, 4, 5]

curses.setupterm("xterm-256color")
assert curses.tigetnum("colors") == 256
assert "libedit" not in (readline.__doc__ or "")
readline.add_history("own")
assert readline.get_history_item(1) == "own"

assert ET.fromstring("<a><b>text</b></a>").findtext("b") == "text"
assert decimal.Decimal(1) / 3 == decimal.Decimal("0.3333333333333333333333333333")
assert uuid.uuid5(uuid.NAMESPACE_DNS, "a").version == 5
multiprocessing.Lock()

# C extensions compiled with this Python look for their libraries in its own prefix.
assert f"-Wl,-rpath,{prefix}/lib" in sysconfig.get_config_var("LDSHARED"), sysconfig.get_config_var("LDSHARED")
assert pathlib.Path(sysconfig.get_config_var("INCLUDEPY"), "Python.h").is_file()

with tempfile.TemporaryDirectory() as folder:
    venv.create(folder, symlinks=True, with_pip=False)
    command = [f"{folder}/bin/python", "-c", "import sys, ssl; print(sys.base_prefix)"]
    assert subprocess.check_output(command, text=True).strip() == str(prefix)
