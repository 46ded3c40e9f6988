#!/bin/bash
set -euo pipefail

export CFLAGS="-O2 -fPIC"
export LDFLAGS="-Wl,-rpath,$PREFIX/lib"

./configure --prefix="$PREFIX" --libdir="$PREFIX/lib"
make -j"$CPU_COUNT"
make install

rm "$PREFIX/lib/libz.a"
