#!/bin/sh
# A Debian 12 with systemd, for test/system/vm: made once, kept in a cache outside the checkout. Prints where it is.
# Exit 3, and one line that says why, where this machine cannot boot one.
#
#   sh test/system/vm/base.sh
set -eu

cannot() {
  echo "$*"
  exit 3
}

[ "$(id -u)" = 0 ] || cannot 'only root can boot a container'
for program in debootstrap systemd-nspawn nsenter; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "$program" >/dev/null || cannot "there is no $program (apt-get install debootstrap systemd-container util-linux)"
done
# A mount namespace, a cgroup tree and an overlay, or there is no container.
unshare --mount true 2>/dev/null || cannot 'this machine allows no mount namespaces'
grep -qs overlay /proc/filesystems || modprobe overlay 2>/dev/null || cannot 'the kernel has no overlay file system'

cache="${XDG_CACHE_HOME:-$HOME/.cache}/greenroom"
# Another script makes another base.
base="$cache/vm/debian-12-$(sha256sum <"$0" | cut -c 1-12)"
if [ ! -e "$base/etc/debian_version" ]; then
  echo "making a Debian 12 in $base, once (a minute or two)" >&2
  mkdir -p "$cache/vm"
  work=$(mktemp -d "$cache/vm/tmp.XXXXXX")
  trap 'rm -rf --one-file-system "$work"' EXIT
  trap 'exit 130' INT TERM HUP
  # A mirror that does not answer is no reason to wait for ever.
  nice timeout 900 debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,procps,iproute2 bookworm "$work/debian" >"$work/log" 2>&1 ||
    cannot "debootstrap failed: $(tail -n 1 "$work/log")"
  # What an installer writes, and debootstrap does not.
  printf '127.0.0.1 localhost\n127.0.1.1 edge\n::1 localhost\n' >"$work/debian/etc/hosts"
  echo edge >"$work/debian/etc/hostname"
  # Nothing is started while it is a directory and not a machine.
  printf '#!/bin/sh\nexit 101\n' >"$work/debian/usr/sbin/policy-rc.d"
  chmod 755 "$work/debian/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$work/debian/etc/resolv.conf"
  # Installing need not outlive a power loss here.
  echo force-unsafe-io >"$work/debian/etc/dpkg/dpkg.cfg.d/test"
  # What the packages depend on, and what the README's lines use: inside there is no network later. The downloaded
  # packages stay, so that nginx can be installed again.
  DEBIAN_FRONTEND=noninteractive nice timeout 900 chroot "$work/debian" apt-get -q -y install --no-install-recommends nginx libnginx-mod-stream ffmpeg polkitd curl jq openssl >>"$work/log" 2>&1 ||
    cannot "apt-get failed: $(grep '^E: ' "$work/log" | head -n 1)"
  rm "$work/debian/usr/sbin/policy-rc.d"
  chmod 755 "$work/debian"
  mv "$work/debian" "$base"
fi
echo "$base"
