# shellcheck shell=bash
# A machine of its own for a script: private mount, network, UTS and PID namespaces. To be sourced from the root of
# the tree; as root, or as a user who may make user namespaces.
#
#	world_enter "$@"	at the top of a script: runs the script again inside, and exits with its code
#	world_private DIR…	a copy of DIR lies over DIR from now on
#
# Inside: the loopback device is the whole network, so every port and every address of 127/8 is free; a copy of /etc
# lies over /etc, without what belongs to a domain; /run is empty, and so are /home and the data of SSSD and Samba; the
# accounts that enrolld and enroll want are there. The host is called "blank". WORLD is an empty folder in memory.
# When the script ends, however it ends, all of that and every process in it is gone. WORLD_ROOT is 1 for root, 0 for a
# user who only plays it: then there is one account, and nothing can be given to another.
# Exits 77 where namespaces are not allowed. Run as a script it checks itself.

world_not_allowed()
{
	if [ "$(id -u)" = 0 ]; then
		echo "namespaces are not allowed here: root in a container needs CAP_SYS_ADMIN for them (--privileged)"
	else
		echo "namespaces are not allowed here: run it as root, or allow users to make them (sysctl" \
			"kernel.unprivileged_userns_clone=1, user.max_user_namespaces)"
	fi
}

world_enter()
{
	local kind=()
	[ -z "${WORLD:-}" ] || { world_make; return; }
	[ "$(id -u)" = 0 ] || kind=(-r)
	unshare "${kind[@]}" -mnupf --kill-child --mount-proc true 2> /dev/null ||
		{ world_not_allowed; exit 77; }
	exec env -u KRB5CCNAME -u KRB5_CONFIG -u KRB5_KTNAME -u KRB5_CLIENT_KTNAME \
		-u http_proxy -u https_proxy -u HTTP_PROXY -u HTTPS_PROXY -u ALL_PROXY -u all_proxy \
		WORLD=/run/w WORLD_ROOT="$([ ${#kind[@]} = 0 ] && echo 1 || echo 0)" \
		unshare "${kind[@]}" -mnupf --kill-child --mount-proc bash "$0" "$@"
}

world_private()
{
	local from to
	for from; do
		[ -d "$from" ] || continue
		to=/run/world$from
		mkdir -p "$(dirname "$to")"
		cp -a "$from" "$to" 2> /dev/null || : # not all of it can be read by a user
		mount --bind "$to" "$from" || return 1
	done
}

# world_empty DIR…: an empty folder lies over DIR, if that is there.
world_empty()
{
	local from to
	for from; do
		[ -d "$from" ] || continue
		to=/run/world$from
		mkdir -p "$to" && chmod --reference="$from" "$to"
		mount --bind "$to" "$from" || return 1
	done
}

world_etc()
{
	local e=/run/world/etc account name id
	mkdir -p /run/world
	cp -a /etc "$e" 2> /dev/null || :
	rm -rf "$e"/{resolv.conf,hosts,hostname,nsswitch.conf,krb5.conf,krb5.keytab,krb5.conf.d,enroll,enrolld,sssd/sssd.conf}
	echo blank > "$e/hostname"
	printf '127.0.0.1 localhost\n127.0.0.1 blank\n' > "$e/hosts"
	: > "$e/resolv.conf"
	printf '%s: files\n' passwd group shadow services protocols > "$e/nsswitch.conf"
	echo 'hosts: files dns' >> "$e/nsswitch.conf"
	for account in enrolld:61801 enrolld-front:61802 _enroll:61803; do
		name=${account%:*} id=${account#*:}
		grep -q "^$name:" "$e/passwd" || echo "$name:x:$id:$id::/nonexistent:/usr/sbin/nologin" >> "$e/passwd"
		grep -q "^$name:" "$e/group" || echo "$name:x:$id:" >> "$e/group"
	done
	mount --bind "$e" /etc
}

world_make()
{
	[ ! -e /run/world ] || return 0
	mount -t tmpfs -o mode=755 tmpfs /run || { echo "no private /run" >&2; exit 1; }
	mkdir -p "$WORLD" /run/lock
	world_etc || { echo "no private /etc" >&2; exit 1; }
	case $PWD in /home/*) ;; *) world_empty /home ;; esac
	world_empty /var/log/samba /var/lib/samba /var/cache/samba /var/log/sssd
	world_private /var/lib/sss /var/lib/pam /usr/local/share/ca-certificates
	hostname blank
	ip link set lo up
	# Low ports for servers that must not be root.
	[ "$WORLD_ROOT" = 1 ] || { echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start; } 2> /dev/null || :
	PATH=$PATH:/usr/sbin:/sbin
	KRB5CCNAME=FILE:$WORLD/ccache
	export PATH KRB5CCNAME
}

world_self_test()
{
	local before after
	[ "$(hostname)" = blank ] && [ -z "$(ss -Hltn)" ] && ping_self 127.0.0.77 && [ ! -e /etc/krb5.keytab ] || return 1
	before=$(stat -c %i /etc/hosts)
	echo "127.0.0.77 elsewhere" >> /etc/hosts
	after=$(getent hosts elsewhere)
	[ "${after%% *}" = 127.0.0.77 ] && [ "$before" = "$(stat -c %i /etc/hosts)" ] && getent passwd enrolld
}
ping_self() { ip -4 route get "$1" | grep -q 'dev lo'; }

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
	cd "$(dirname "$0")/../.." || exit 1
	world_enter "$@"
	world_self_test || { echo "WRONG the world"; exit 1; }
	echo "ok    a machine of its own"
fi
