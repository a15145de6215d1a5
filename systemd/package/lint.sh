#!/bin/sh
# Has lintian look at both packages. Fails on an error; what is overridden is explained in systemd/package/lintian.
#
#   sh systemd/package/lint.sh [DIRECTORY]   where they lie already; without it they are built first
set -eu

out=${1:-}
if [ -z "$out" ]; then
  cd "$(dirname "$0")/../.."
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
  node systemd/package/main.ts --out "$out" --compression none
fi
# Released packages are compressed; compressing them takes longer than looking at them.
nice lintian --allow-root --fail-on error --suppress-tags uses-no-compression-for-control-tarball,uses-no-compression-for-data-tarball "$out"/*.deb
