#!/bin/bash
set -euo pipefail

export CFLAGS="-O2"
export CPPFLAGS="-I$PREFIX/include"
export LDFLAGS="-L$PREFIX/lib -Wl,-rpath,$PREFIX/lib"

# Otherwise configure takes the first library that links, which may be the machine's libtermcap.
export bash_cv_termcap_lib=libncursesw

./configure \
  --prefix="$PREFIX" \
  --libdir="$PREFIX/lib" \
  --disable-static \
  --disable-install-examples \
  --with-curses
make -j"$CPU_COUNT" SHLIB_LIBS=-lncursesw
make install SHLIB_LIBS=-lncursesw

rm -r "$PREFIX"/share/{doc,info}
