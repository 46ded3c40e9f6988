#!/bin/bash
set -euo pipefail

features=(
  -DSQLITE_ENABLE_COLUMN_METADATA
  -DSQLITE_ENABLE_DBPAGE_VTAB
  -DSQLITE_ENABLE_DBSTAT_VTAB
  -DSQLITE_ENABLE_FTS3_PARENTHESIS
  -DSQLITE_ENABLE_GEOPOLY
  -DSQLITE_ENABLE_PREUPDATE_HOOK
  -DSQLITE_ENABLE_STMTVTAB
  -DSQLITE_ENABLE_UNLOCK_NOTIFY
  -DSQLITE_MAX_VARIABLE_NUMBER=250000
)
export CFLAGS="-O2 ${features[*]}"
export CPPFLAGS="-I$PREFIX/include"
# As needed: configure gives the library too what only the shell uses.
export LDFLAGS="-L$PREFIX/lib -Wl,-rpath,$PREFIX/lib -Wl,--as-needed"
# Only readline needs the terminal's library, and configure would find the machine's libtermcap.
export ac_cv_search_tgetent="none required"

options=(
  --prefix="$PREFIX"
  --libdir="$PREFIX/lib"
  --disable-static
  --enable-threadsafe
  --disable-editline
  --enable-readline
  --enable-math
  --enable-fts3
  --enable-fts4
  --enable-fts5
  --enable-rtree
  --enable-session
)
# The repository has another configure than upstream's archive with its amalgamation: it wants to
# be told where readline is, and builds the Tcl extension unless it is told not to.
if [[ ! -e sqlite3.c ]]; then
  options+=(
    --disable-tcl
    --with-readline-lib=-lreadline
    --with-readline-inc="-I$PREFIX/include"
  )
fi
./configure "${options[@]}"
make -j"$CPU_COUNT"
make install

find "$PREFIX/lib" -name '*.la' -delete
