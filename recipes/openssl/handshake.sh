#!/bin/bash
# Makes an authority and a server certificate, and has a client built here verify the server.
set -euo pipefail

gcc handshake.c -I"$PREFIX/include" -L"$PREFIX/lib" -Wl,-rpath,"$PREFIX/lib" -lssl -lcrypto -o handshake

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
  -subj "/CN=Test authority" -keyout authority.key -out authority.pem
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
  -subj "/CN=test.invalid" -addext "subjectAltName=DNS:test.invalid" -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -days 2 -copy_extensions copy -out server.pem
openssl verify -CAfile authority.pem server.pem

./handshake authority.pem server.pem server.key test.invalid
if ./handshake authority.pem server.pem server.key other.invalid; then
  echo "a certificate for another host was accepted" >&2
  exit 1
fi
