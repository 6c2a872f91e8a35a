# shellcheck shell=bash
# A second domain controller beside that of samba.sh, dc2.ad.contoso.test at 127.0.0.11, in the same machine (world.sh):
# joined by samba-tool, replicating in both directions. To be sourced on top of samba.sh, after samba_start:
#
#	samba_pair DIR		make it in DIR, start it, wait until a change has gone over each way
#	samba_pair_cut		nothing more goes over
#	samba_pair_mend		it does again, and what was held back goes at once
#	samba_pair_dc1_dies	kill -9 of every process of the first; samba_again starts it
#	dc2 CMD…		an LDAP command as the administrator, on the second
#
# Sets SAMBA2_DIR SAMBA2_IP SAMBA2_HOST SAMBA2_LDAPS_URI SAMBA2_PID. The second one has a mount namespace of its own,
# since where winbindd is found is compiled into Samba. samba_stop stops the first; the second ends with the machine.

# shellcheck source=tests/behave/samba.sh
[ -n "${SAMBA_DNS:-}" ] || . tests/behave/samba.sh

SAMBA2_IP=127.0.0.11
SAMBA2_HOST=dc2.$SAMBA_DNS
SAMBA2_LDAPS_URI=ldaps://$SAMBA2_HOST

dc2() { local c=$1; shift; LDAPTLS_CACERT=$SAMBA_CA "$c" -x -H "$SAMBA2_LDAPS_URI" -D "$SAMBA_ADMIN" -y "$SAMBA_ADMIN_PW_FILE" "$@"; }

# pair_tool WORDS…: samba-tool as the administrator, by the network.
pair_tool()
{
	samba-tool "$@" -U "Administrator%$(cat "$SAMBA_ADMIN_PW_FILE")" --configfile="$SAMBA2_DIR/smb.conf"
}

pair_soon()
{
	local end=$((SECONDS + 4 * $1)) # the seconds are those of an idle machine
	shift
	until "$@" > /dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

pair_config()
{
	local d=$SAMBA2_DIR
	mkdir -p "$d"/{lock,state,cache,run/ncalrpc,log,bind-dns}
	mkdir -m 700 "$d/private"
	sed -e "s,$SAMBA_DIR,$d,g; s/netbios name = DC1/netbios name = DC2/; s,$SAMBA_IP/8,$SAMBA2_IP/8," "$SAMBA_DIR/smb.conf" > "$d/smb.conf"
	cp -a "$SAMBA_DIR/tls" "$d/tls"
	openssl req -newkey rsa:2048 -nodes -keyout "$d/tls/dc.key" -out "$d/tls/dc.csr" -subj "/CN=$SAMBA2_HOST" || return 1
	printf 'extendedKeyUsage=serverAuth\nsubjectAltName=DNS:%s,IP:%s\n' "$SAMBA2_HOST" "$SAMBA2_IP" > "$d/tls/dc.ext"
	openssl x509 -req -sha256 -in "$d/tls/dc.csr" -CA "$d/tls/ca.pem" -CAkey "$d/tls/ca.key" -CAcreateserial -days 30 \
		-extfile "$d/tls/dc.ext" -out "$d/tls/dc.pem" || return 1
	chmod 600 "$d/tls/dc.key"
	sed "s,$SAMBA_DIR,$d,g" "$SAMBA_DIR/kdc.conf" > "$d/kdc.conf"
}

# How the two find each other: by the GUID of each one's directory service.
pair_names()
{
	local guid
	guid=$(SAMBA_DIR=$SAMBA2_DIR samba_ldb 'print(sam.get_ntds_GUID())')
	pair_tool dns add "$SAMBA_HOST" "$SAMBA_DNS" dc2 A "$SAMBA2_IP"
	pair_tool dns add "$SAMBA_HOST" "_msdcs.$SAMBA_DNS" "$guid" CNAME "$SAMBA2_HOST"
}

pair_run()
{
	local model
	model=$(sed -n 's/^# model = //p' "$SAMBA2_DIR/smb.conf")
	KRB5_CONFIG=$SAMBA2_DIR/kdc.conf unshare -m bash -c 'mkdir -p "$1/run/samba" && mount --bind "$1/run/samba" /run/samba &&
		exec samba -F --no-process-group -M "$2" -s "$1/smb.conf" -l "$1/log"' - "$SAMBA2_DIR" "${model:-prefork}" \
		>> "$SAMBA2_DIR/log/out" 2>&1 < /dev/null 7>&- 8>&- 9>&- &
	SAMBA2_PID=$!
	export SAMBA2_PID
	pair_soon 30 dc2 ldapsearch -LLL -b "$SAMBA_BASE" -s base 1.1
}

samba_pair_cut() { pair_tool drs options DC2 --dsa-option=+DISABLE_INBOUND_REPL && pair_tool drs options DC1 --dsa-option=+DISABLE_INBOUND_REPL; }
samba_pair_mend()
{
	pair_tool drs options DC2 --dsa-option=-DISABLE_INBOUND_REPL && pair_tool drs options DC1 --dsa-option=-DISABLE_INBOUND_REPL &&
		pair_soon 40 pair_over
}
# All of the domain, each way, now.
pair_over() { pair_tool drs replicate "$SAMBA2_HOST" "$SAMBA_HOST" "$SAMBA_BASE" && pair_tool drs replicate "$SAMBA_HOST" "$SAMBA2_HOST" "$SAMBA_BASE"; }

samba_pair_dc1_dies()
{
	local p
	for p in $(pgrep -f -- "-s $SAMBA_DIR/smb.conf"); do kill -KILL "$p" 2> /dev/null; done
	SAMBA_PID=
}

samba_pair()
{
	mkdir -p "$1" && SAMBA2_DIR=$(readlink -f "$1") || return 1
	printf '%s %s dc2\n' "$SAMBA2_IP" "$SAMBA2_HOST" >> /etc/hosts
	export SAMBA2_DIR SAMBA2_IP SAMBA2_HOST SAMBA2_LDAPS_URI
	{
		pair_config && pair_tool domain join "$SAMBA_DNS" DC --server="$SAMBA_HOST" --realm="$SAMBA_REALM" \
			--dns-backend=SAMBA_INTERNAL --backend-store=tdb && pair_names && pair_run && pair_soon 60 pair_over
	} > "$SAMBA2_DIR/join.log" 2>&1 || { samba_say "no second controller: $(tail -n 5 "$SAMBA2_DIR/join.log")"; return 1; }
}
