#!/bin/bash
set -euo pipefail

export CFLAGS="-O2"
export LDFLAGS="-Wl,-rpath,$PREFIX/lib"

./configure \
  --prefix="$PREFIX" \
  --libdir="$PREFIX/lib" \
  --disable-static \
  --disable-nls \
  --disable-doc
make -j"$CPU_COUNT"
make install

find "$PREFIX/lib" -name '*.la' -delete
