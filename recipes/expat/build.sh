#!/bin/bash
set -euo pipefail

# A repository archive has the library in a folder of its own, and no configure yet.
if [[ -d expat ]]; then
  cp COPYING expat/
  cd expat
fi
if [[ ! -e configure ]]; then
  autoreconf -fi
fi

export CFLAGS="-O2"
export LDFLAGS="-Wl,-rpath,$PREFIX/lib"

./configure \
  --prefix="$PREFIX" \
  --libdir="$PREFIX/lib" \
  --disable-static \
  --without-docbook \
  --without-examples \
  --without-tests
make -j"$CPU_COUNT"
make install

find "$PREFIX/lib" -name '*.la' -delete
rm -rf "$PREFIX/share/doc"
