#!/bin/bash
# Installs the Debian packages that building, testing, linting and the demo need and that are missing.
#
#	deps.sh         install what is missing (through sudo when not root)
#	deps.sh -l      only list what is missing
#
# Nothing of what is installed is started, now or at the next boot: policy-rc.d refuses service starts for the
# time of the installation (only put there where there is none), new units are disabled, slapd gets no database.
# Three packages write to /etc all the same, once: krb5-config a krb5.conf, libnss-sss "sss" into nsswitch.conf,
# libpam-sss its module into PAM. Without an sssd.conf, which nothing here makes, they do nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
	# build
	gcc libc6-dev make pkg-config
	libldap-dev libsasl2-dev libssl-dev libxml2-dev libidn2-dev libunistring-dev libevent-dev
	libsqlite3-dev libcurl4-openssl-dev libjansson-dev libinih-dev libseccomp-dev libsystemd-dev
	# test and demo
	libcunit1-dev clang libclang-rt-14-dev llvm-14 valgrind expect python3 python3-cryptography
	slapd ldap-utils libsasl2-modules dnsmasq-base iproute2 libxml2-utils sqlite3 openssl gnutls-bin curl
	ca-certificates procps mount util-linux faketime
	# directories and what judges them
	samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules python3-samba python3-dnspython
	winbind smbclient adcli msktutil
	krb5-kdc krb5-admin-server krb5-user krb5-pkinit libsasl2-modules-gssapi-mit libkrb5-dev
	389-ds-base libnss3-tools
	sssd-common sssd-ad sssd-tools libnss-sss libpam-sss pamtester
	# lint
	clang-format clang-tidy cppcheck shellcheck universal-ctags
)

if ! command -v dpkg-query >/dev/null; then
	echo "deps: not a Debian system; it needs what these packages hold: ${packages[*]}" >&2
	exit 0
fi
installed=$(dpkg-query -W -f=' ${db:Status-Status} ${Package} \n' "${packages[@]}" 2>/dev/null || :)
missing=()
for p in "${packages[@]}"; do [[ $installed == *" installed $p "* ]] || missing+=("$p"); done
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
debconf-set-selections <<END
slapd slapd/no_configuration boolean true
krb5-config krb5-config/default_realm string CONTOSO.TEST
krb5-config krb5-config/add_servers boolean false
END
apt-get -q -o DPkg::Lock::Timeout=300 update
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"

command -v systemctl > /dev/null || exit 0
for p in "${missing[@]}"; do
	for unit in $(dpkg -L "$p" | sed -n 's,^.*/systemd/system/\([^/@]*\.\(service\|socket\)\)$,\1,p'); do
		systemctl -q disable "$unit" 2> /dev/null || :
	done
done
