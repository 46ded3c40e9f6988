#!/bin/bash
set -euo pipefail

series="${PKG_VERSION%.*}"
stdlib="$PREFIX/lib/python$series"

# Extension modules compiled later inherit these through sysconfig. OPT is upstream's without -g.
export OPT="-O3 -Wall"
export CPPFLAGS="-I$PREFIX/include"
export LDFLAGS="-L$PREFIX/lib -Wl,-rpath,$PREFIX/lib"
# Only this prefix, whatever development packages the machine has.
export PKG_CONFIG_LIBDIR="$PREFIX/lib/pkgconfig"
# sys.version tells when it was compiled: upstream's release instead of the wall clock.
SOURCE_DATE_EPOCH="$(stat --format %Y LICENSE)"
export SOURCE_DATE_EPOCH

# Modules of libraries that are no dependencies stay away even where the machine has them;
# the uuid module does without its own.
for module in _dbm _gdbm _tkinter _uuid; do
  export "py_cv_module_$module=n/a"
done

./configure \
  --prefix="$PREFIX" \
  --enable-shared \
  --enable-loadable-sqlite-extensions \
  --disable-test-modules \
  --with-openssl="$PREFIX" \
  --with-system-expat \
  --with-system-libmpdec=no \
  --with-readline=readline \
  --with-dbmliborder= \
  --without-ensurepip \
  --without-static-libpython

# Bytecode for -O and -OO would double the package for what hardly anybody starts. Each bytecode
# file names its source; the import system corrects that name, so it needn't hold the prefix.
sed -i -e 's/-o 0 -o 1 -o 2/-o 0/' -e 's,-d $(LIBDEST),-d lib/python$(VERSION),' Makefile

make -j"$CPU_COUNT"
# A hash of its source makes bytecode independent of when files are unpacked. How it refers to strings depends on what
# the same process has compiled before: one process, in one order.
make install COMPILEALL_OPTS="-j1 --invalidation-mode unchecked-hash"

# Where it was compiled means nothing to its users.
grep -rlIF "$SRC_DIR" "$PREFIX/lib" "$PREFIX/bin" | xargs sed -i "s,$SRC_DIR,/usr/src/python,g"

# These sources change when they are installed, as they name the prefix; so they go without.
grep -rlF "$PREFIX" --include='*.py' "$stdlib" | while read -r source; do
  rm -f "${source%/*}/__pycache__/$(basename "$source" .py)".*.pyc
done

ln -s python3 "$PREFIX/bin/python"
ln -s pydoc3 "$PREFIX/bin/pydoc"
ln -s python3-config "$PREFIX/bin/python-config"
ln -s "python$series.1" "$PREFIX/share/man/man1/python.1"

# Tk is not there.
rm -rf "$stdlib"/{idlelib,tkinter,turtledemo,turtle.py} "$stdlib"/__pycache__/turtle.*
rm -f "$PREFIX"/bin/idle*
