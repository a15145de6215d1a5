#!/bin/sh
# Builds both packages and has lintian look at them. Fails on an error; what is overridden is explained in
# systemd/package/lintian.
set -eu
cd "$(dirname "$0")/../.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
node systemd/package/main.ts --out "$out" --compression none
# Released packages are compressed; compressing them takes longer than looking at them.
nice lintian --allow-root --fail-on error --suppress-tags uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball "$out"/*.deb
