#!/bin/bash
set -euo pipefail

# The build date ends up in libcrypto: upstream's release instead of the wall clock.
SOURCE_DATE_EPOCH="$(stat --format %Y VERSION.dat)"
export SOURCE_DATE_EPOCH

./Configure \
  --prefix="$PREFIX" \
  --libdir=lib \
  --openssldir="$PREFIX/ssl" \
  --release \
  shared \
  no-tests \
  no-docs \
  "-Wl,-rpath,$PREFIX/lib"
make -j"$CPU_COUNT"
make install_sw install_ssldirs

rm "$PREFIX"/lib/lib{ssl,crypto}.a

# Who is trusted is the machine's decision, an organisation's own authority included, so no
# certificates are shipped: ssl/certs leads to the directory of hashed certificates that Debian,
# Ubuntu, SUSE, Arch and Alpine keep there. Where a distribution has a single file instead (RHEL), set
# SSL_CERT_FILE=/etc/pki/tls/certs/ca-bundle.crt. A package that brings its own bundle installs
# it as ssl/cert.pem, which OpenSSL reads first.
rmdir "$PREFIX/ssl/certs"
ln -s /etc/ssl/certs "$PREFIX/ssl/certs"
