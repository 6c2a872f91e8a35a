#!/bin/bash
# Installs the Debian packages that building, testing, linting and the demo need and that are missing.
#
#	deps.sh         install what is missing (through sudo when not root)
#	deps.sh -l      only list what is missing
#
# Nothing of what is installed is started, now or at the next boot: policy-rc.d refuses service starts for the
# time of the installation (only put there where there is none), the services of every package that was not there
# before are disabled, slapd gets no database, and names and log-ins of the machine stay as they are (what packages write
# to nsswitch.conf and PAM is taken back). Nothing is asked, and what is installed already keeps its settings.
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
# dpkg also knows packages that are not installed, and says so.
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${packages[@]}" 2> /dev/null | sed -n 's/^installed //p')
mapfile -t missing < <(printf '%s\n' "${packages[@]}" | grep -vxF "$installed" || :)
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
packages_now() { dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u; }
log_ins() { find /usr/share/pam-configs -type f -printf '%f\n' 2> /dev/null | sort; }
before=$(packages_now)
log_ins=$(log_ins)
kept=$(mktemp -d)
cp -p /etc/nsswitch.conf "$kept/" 2> /dev/null || :
guard=/usr/sbin/policy-rc.d
mine='put here by tests/deps.sh'

# However the installation ends: the services that came are disabled, of whichever kind. The two programs that do it
# are there without systemd, too.
settle()
{
	local file name
	trap - EXIT
	comm -13 <(echo "$log_ins") <(log_ins) | xargs -r pam-auth-update --disable || :
	cp -p "$kept/nsswitch.conf" /etc/ 2> /dev/null || :
	rm -rf "$kept"
	while IFS= read -r file; do
		name=${file##*/}
		case $file in
		*/systemd/system/*@* | */systemd/system/*/*) ;; # nothing made an instance
		*/systemd/system/*.service | */systemd/system/*.socket | */systemd/system/*.timer | */systemd/system/*.path)
			deb-systemd-helper disable "$name" > /dev/null 2>&1 || : ;;
		/etc/init.d/*) update-rc.d "$name" disable > /dev/null 2>&1 || : ;;
		esac
	done < <(comm -13 <(echo "$before") <(packages_now) | grep -vx systemd | xargs -r dpkg -L | sort -u)
	! grep -qs "$mine" "$guard" || rm -f "$guard"
}
trap settle EXIT
if [ ! -e "$guard" ] || grep -qs "$mine" "$guard"; then # or left by one that was killed
	printf '#!/bin/sh\n# %s for the time of one installation\nexit 101\n' "$mine" > "$guard"
	chmod 755 "$guard"
fi

# Answers for packages that are new; those of an admin stay.
export DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none NEEDRESTART_SUSPEND=1
answer() { grep -qx "$1" <<< "$before" || echo "$*" | debconf-set-selections; }
answer slapd slapd/no_configuration boolean true
answer krb5-config krb5-config/default_realm string CONTOSO.TEST
answer krb5-config krb5-config/add_servers boolean false

apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
"${apt[@]}" update < /dev/null || echo "deps: not all lists of packages are new; going on" >&2
"${apt[@]}" -y install --no-install-recommends "${missing[@]}" < /dev/null
