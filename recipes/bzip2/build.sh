#!/bin/bash
set -euo pipefail

# The makefiles read no LDFLAGS, so the run path is part of the compiler's command.
flags=(
  CC="gcc -Wl,-rpath,$PREFIX/lib"
  CFLAGS="-O2 -fPIC -Wall -D_FILE_OFFSET_BITS=64"
)
make -j"$CPU_COUNT" -f Makefile-libbz2_so "${flags[@]}"
make bzip2recover "${flags[@]}"

install -d "$PREFIX"/{bin,include,lib/pkgconfig,share/man/man1}
install -m 755 bzip2-shared "$PREFIX/bin/bzip2"
install -m 755 bzip2recover bzdiff bzgrep bzmore "$PREFIX/bin"
install -m 644 bzip2.1 bzdiff.1 bzgrep.1 bzmore.1 "$PREFIX/share/man/man1"
install -m 644 bzlib.h "$PREFIX/include"
install -m 755 "libbz2.so.$PKG_VERSION" "$PREFIX/lib"
ln -s "libbz2.so.$PKG_VERSION" "$PREFIX/lib/libbz2.so.1.0"
ln -s libbz2.so.1.0 "$PREFIX/lib/libbz2.so"

link() { ln -s "$1" "$PREFIX/bin/$2"; }
link bzip2 bunzip2
link bzip2 bzcat
link bzdiff bzcmp
link bzgrep bzegrep
link bzgrep bzfgrep
link bzmore bzless

# Upstream has no pkg-config file; other projects look for one by this name.
cat > "$PREFIX/lib/pkgconfig/bzip2.pc" <<EOF
prefix=$PREFIX
libdir=\${prefix}/lib
includedir=\${prefix}/include

Name: bzip2
Description: Block-sorting file compressor
Version: $PKG_VERSION
Libs: -L\${libdir} -lbz2
Cflags: -I\${includedir}
EOF
