#!/bin/bash
# Installs the Debian packages that building, testing, linting and the demo need and that are missing.
#
#	deps.sh         install what is missing (through sudo when not root)
#	deps.sh -l      only list what is missing
#
# Nothing of what is installed is configured or started: policy-rc.d refuses service starts for the
# time of the installation (only put there where there is none), and slapd gets no database.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
	# build
	gcc libc6-dev make pkg-config
	libldap-dev libsasl2-dev libssl-dev libxml2-dev libidn2-dev libunistring-dev libevent-dev
	libsqlite3-dev libcurl4-openssl-dev libjansson-dev libinih-dev libseccomp-dev libsystemd-dev
	# test and demo
	libcunit1-dev clang libclang-rt-14-dev llvm-14 valgrind expect python3 python3-cryptography
	slapd ldap-utils libsasl2-modules dnsmasq-base iproute2 libxml2-utils sqlite3 openssl curl
	ca-certificates procps mount util-linux faketime
	# lint
	clang-format clang-tidy cppcheck shellcheck universal-ctags
)

is_installed()
{
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

if ! command -v dpkg-query >/dev/null; then
	echo "deps: not a Debian system; it needs what these packages hold: ${packages[*]}" >&2
	exit 0
fi
missing=()
for p in "${packages[@]}"; do is_installed "$p" || missing+=("$p"); done
if [ "${1:-}" = -l ]; then
	[ ${#missing[@]} = 0 ] || printf '%s\n' "${missing[@]}"
	exit 0
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ]; then
	echo "deps: these packages are missing: ${missing[*]}"
	if ! command -v sudo >/dev/null; then
		echo "deps: run this as root: bash tests/deps.sh" >&2
		exit 1
	fi
	exec sudo -- bash "$PWD/tests/deps.sh"
fi

echo "deps: installing ${missing[*]}"
guard=/usr/sbin/policy-rc.d
if [ ! -e "$guard" ]; then
	trap 'rm -f "$guard"' EXIT
	printf '#!/bin/sh\nexit 101\n' > "$guard"
	chmod 755 "$guard"
fi
export DEBIAN_FRONTEND=noninteractive
echo 'slapd slapd/no_configuration boolean true' | debconf-set-selections
apt-get -q -o DPkg::Lock::Timeout=300 update
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"
