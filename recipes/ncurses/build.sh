#!/bin/bash
set -euo pipefail

export CFLAGS="-O2"
export LDFLAGS="-Wl,-rpath,$PREFIX/lib"
own_terminfo="$PREFIX/share/terminfo"

# The wide library is the only one; it includes the terminfo functions.
./configure \
  --prefix="$PREFIX" \
  --libdir="$PREFIX/lib" \
  --with-pkg-config-libdir="$PREFIX/lib/pkgconfig" \
  --with-default-terminfo-dir="$own_terminfo" \
  --with-terminfo-dirs="$own_terminfo:/etc/terminfo:/lib/terminfo:/usr/share/terminfo" \
  --enable-pc-files \
  --enable-overwrite \
  --disable-db-install \
  --enable-widec \
  --with-shared \
  --without-normal \
  --without-debug \
  --without-ada \
  --without-cxx-binding \
  --without-manpages \
  --without-tests \
  --disable-stripping
make -j"$CPU_COUNT"
make install

# Of nearly three thousand descriptions, those of the terminals of today: every environment would
# hold them all. The others are read from the machine, see --with-terminfo-dirs.
terminals=(
  alacritty alacritty-direct ansi contour cygwin dumb Eterm Eterm-256color foot foot-direct
  ghostty gnome gnome-256color iterm2 iterm2-direct jfbterm kitty kitty-direct konsole
  konsole-256color konsole-direct linux linux-16color mintty mintty-direct
  mlterm mlterm-256color mrxvt ms-terminal nsterm nsterm-256color putty putty-256color rxvt
  rxvt-256color screen screen-16color screen-256color
  screen.linux screen.rxvt screen.xterm-256color screen.xterm-new st st-16color st-256color
  st-direct sun teken terminator terminology tmux tmux-256color tmux-direct unknown vt100 vt102
  vt220 vt320 vt340 vt420 vt52 vte vte-256color vte-direct vwmterm wezterm wsvt25 xfce xterm
  xterm-16color xterm-256color xterm-88color xterm-color xterm-direct xterm-mono
  xterm-new xterm-r5 xterm-r6 xterm-vt220 xterm-xfree86 xterm.js
)
mkdir -p "$own_terminfo"
LD_LIBRARY_PATH=lib progs/tic -x -o "$own_terminfo" \
  -e "$(IFS=,; echo "${terminals[*]}")" misc/terminfo.src

# Names under which others ask the linker and pkg-config for the narrow or the split library.
for library in ncurses form menu panel; do
  ln -s "lib${library}w.so" "$PREFIX/lib/lib$library.so"
  ln -s "${library}w.pc" "$PREFIX/lib/pkgconfig/$library.pc"
done
rm -f "$PREFIX/lib/libcurses.so"
for library in curses tinfo tinfow; do
  ln -s libncursesw.so "$PREFIX/lib/lib$library.so"
done
for module in tinfo tinfow; do
  ln -s ncursesw.pc "$PREFIX/lib/pkgconfig/$module.pc"
done
