#!/bin/bash
set -euo pipefail

# A repository archive has no configure yet.
if [[ ! -e configure ]]; then
  autoreconf -fi
fi

export CFLAGS="-O2"
export LDFLAGS="-Wl,-rpath,$PREFIX/lib"

./configure \
  --prefix="$PREFIX" \
  --libdir="$PREFIX/lib" \
  --disable-static \
  --disable-docs \
  --disable-multi-os-directory \
  --without-gcc-arch
make -j"$CPU_COUNT"
make install

find "$PREFIX/lib" -name '*.la' -delete
