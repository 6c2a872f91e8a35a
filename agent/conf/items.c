#include "agent/conf/items.h"

#include "ldap/dir_mechanism.h"
#include "lib/base/clean.h"

#define AT(field) IN_CONF, offsetof(struct conf, field)
#define LISTENER(field) IN_LISTENER, offsetof(struct conf_listener, field)
#define OU(field) IN_OU, offsetof(struct conf_ou, field)
#define PROFILE(field) IN_PROFILE, offsetof(struct conf_profile, field)
#define ROLE(field) IN_ROLE, offsetof(struct conf_role_row, field)

/* section, key, kind, where, preset, help, then what only some kinds have */
#define ROW(section_, key_, kind_, where_, preset_, help_, ...)                                    \
	ROW_(section_, key_, kind_, where_, preset_, help_, ##__VA_ARGS__)
#define ROW_(section_, key_, kind_, place_, offset_, preset_, help_, ...)                          \
	{ .section = (section_), .key = (key_), .kind = (kind_), .place = (place_),                \
		.offset = (offset_), .preset = (preset_), .help = (help_), ##__VA_ARGS__ }
#define RANGE(min_, max_) .min = (min_), .max = (max_)

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char *const flavour_words[] = { "openldap", "ad", "389ds", NULL };
#define WORD(id, name, channels, needs, needs_tls, may) name,
static const char *const bind_words[] = { DIR_MECHANISMS(WORD) NULL };
static const char *const binding_words[] = { "none", "tls-endpoint", "tls-unique", NULL };
static const char *const key_words[] = { "p256", "p384", "rsa2048", "rsa3072", "rsa4096", "ed25519",
	NULL };
static const char *const leave_words[] = { "revoke", "disable", "remove", "nothing", NULL };
static const char *const login_words[] = { "sssd", "none", NULL };
static const char *const serve_words[] = { "enroll", "crl", NULL };

const struct conf_item conf_items[] = {
	ROW("agent", "user", KIND_ACCOUNT, AT(user), "enrolld",
		"Account of the core process; owns the state folder."),
	ROW("agent", "front-user", KIND_ACCOUNT, AT(front_user), "enrolld-front",
		"Account of the process that talks to devices; owns nothing."),
	ROW("agent", "state-dir", KIND_PATH, AT(state_dir), "/var/lib/enrolld",
		"Folder of the records and keys."),
	ROW("agent", "control-socket", KIND_PATH, AT(control_socket), "/run/enrolld/control.sock",
		"Where enrollctl reaches the server."),
	ROW("agent", "workers", KIND_NUMBER, AT(workers), "8", "Enrollments worked on at a time.",
		RANGE(1, 256)),
	ROW("agent", "queue", KIND_NUMBER, AT(queue), "256",
		"Requests that may wait for a worker; beyond it devices are told to come back.",
		RANGE(1, 65536)),
	ROW("agent", "default-lifetime", KIND_DURATION, AT(default_lifetime), "8h",
		"How long an enrollment password is good if nothing else is said.",
		RANGE(MINUTE, 366 * DAY)),
	ROW("agent", "max-lifetime", KIND_DURATION, AT(max_lifetime), "30d",
		"The longest life an enrollment password may be given.", RANGE(MINUTE, 366 * DAY)),
	ROW("agent", "keep-ended", KIND_DURATION, AT(keep_ended), "30d",
		"How long an ended password is remembered, to tell its holder why it is refused.",
		RANGE(HOUR, 366 * DAY)),
	ROW("agent", "max-open-per-identity", KIND_NUMBER, AT(max_open_per_identity), "1000",
		"Open pre-enrollments one e-mail address may have.", RANGE(1, 100000)),
	ROW("agent", "uniform-discovery", KIND_BOOL, AT(uniform_discovery), "no",
		"Never tell a stranger whether an e-mail address is expected."),
	ROW("agent", "reserved-names", KIND_NAMES, AT(reserved_names),
		"administrator guest krbtgt localhost root",
		"Device names that are refused, besides those the directory has."),
	ROW("agent", "discovery-domain", KIND_DOMAIN, AT(discovery_domain), NULL,
		"Domain of the identity a device gets that was added without one.",
		.example = "example.com"),

	ROW("http", "http-timeout", KIND_DURATION, AT(http_timeout), "30s",
		"Time a whole request may take.", RANGE(1, 10 * MINUTE)),
	ROW("http", "max-connections", KIND_NUMBER, AT(max_connections), "4096",
		"Connections at a time.", RANGE(1, 1000000)),
	ROW("http", "max-connections-per-address", KIND_NUMBER, AT(max_connections_per_address),
		"512", "Connections at a time from one address (IPv6: one /64).",
		RANGE(1, 1000000)),
	ROW("http", "failure-limit", KIND_NUMBER, AT(failure_limit), "60",
		"Failures of one address within failure-window before it has to wait.",
		RANGE(1, 1000000)),
	ROW("http", "failure-window", KIND_DURATION, AT(failure_window), "5m", "See failure-limit.",
		RANGE(1, DAY)),

	ROW("directory", "flavour", KIND_WORD, AT(flavour), "openldap", "Kind of directory server.",
		.words = flavour_words),
	ROW("directory", "uri", KIND_LDAP_URLS, AT(uri), NULL,
		"Directory servers, the first that answers is used; or domain.",
		.example = "ldaps://dc1.corp.example.com ldaps://dc2.corp.example.com"),
	ROW("directory", "domain", KIND_DOMAIN, AT(domain), NULL,
		"Instead of uri: the DNS domain whose SRV records (_ldap._tcp) name the servers, "
		"spoken to by ldap://. DNS is asked again when its answer ends.",
		.example = "corp.example.com", .other = 1),
	ROW("directory", "site", KIND_TEXT, AT(site), NULL,
		"With domain: the Active Directory site whose servers are asked first.",
		.example = "Copenhagen", .other = 1),
	ROW("directory", "lost-servers", KIND_LDAP_URLS, AT(lost_servers), NULL,
		"Servers that once stood in uri and will never come back: whether a write sent to "
		"one of them was done is asked of all that are left.",
		.example = "ldaps://dc0.corp.example.com"),
	ROW("directory", "bind", KIND_WORD, AT(bind), "simple",
		"How the agent proves who it is: simple (bind-dn and a password), external (its "
		"Unix account over ldapi://, or client-certificate in TLS), gssapi or gss-spnego "
		"(Kerberos, a keytab), scram-sha-256 (bind-user and a password).",
		.words = bind_words),
	ROW("directory", "bind-dn", KIND_DN, AT(bind_dn), NULL, "The agent's own entry.",
		.example = "CN=svc-enrolld,OU=Services,DC=corp,DC=example,DC=com"),
	ROW("directory", "bind-password-file", KIND_PATH, AT(bind_password_file), NULL,
		"File with the agent's password, readable by its account alone.",
		.example = "/etc/enrolld/ldap.password"),
	ROW("directory", "bind-user", KIND_TEXT, AT(bind_user), NULL,
		"The agent's name with bind = scram-sha-256.", .example = "enrolld", .other = 1),
	ROW("directory", "keytab", KIND_PATH, AT(keytab), NULL,
		"Keytab with the agent's Kerberos key, readable by its account alone. The agent "
		"makes and renews its tickets itself.",
		.example = "/etc/enrolld/enrolld.keytab", .other = 1),
	ROW("directory", "principal", KIND_TEXT, AT(principal), NULL,
		"The agent's Kerberos principal, as the keytab has it.",
		.example = "svc-enrolld@CORP.EXAMPLE.COM", .other = 1),
	ROW("directory", "sasl-min-ssf", KIND_NUMBER, AT(sasl_min_ssf), "128",
		"Least strength in bits of the Kerberos seal that protects ldap:// without TLS.",
		RANGE(56, 256), .other = 1),
	ROW("directory", "channel-binding", KIND_WORD, AT(channel_binding), "none",
		"Tie a SASL log-in to the TLS connection it is made in: none, tls-endpoint (what "
		"Active Directory knows), or tls-unique (TLS 1.2 alone).",
		.words = binding_words, .other = 1),
	ROW("directory", "client-certificate", KIND_PATH, AT(client_certificate), NULL,
		"The agent's own certificate in TLS (PEM, leaf first).",
		.example = "/etc/enrolld/ldap-client.pem"),
	ROW("directory", "client-key", KIND_PATH, AT(client_key), NULL,
		"Its private key (PEM), readable by the agent's account alone.",
		.example = "/etc/enrolld/ldap-client.key"),
	ROW("directory", "starttls", KIND_BOOL, AT(starttls), "no",
		"Start TLS on ldap:// connections."),
	ROW("directory", "tls-ca-file", KIND_PATH, AT(tls_ca_file), NULL,
		"CA certificates (PEM) that may vouch for the directory, our own root never among "
		"them; without it the system's.",
		.example = "/etc/enrolld/ldap-ca.pem"),
	ROW("directory", "base", KIND_DN, AT(base), NULL,
		"Where owners and names are searched; without it the server's first context.",
		.example = "DC=corp,DC=example,DC=com"),
	ROW("directory", "take-groups", KIND_PHRASES, AT(take_groups), NULL,
		"DNs of groups that a computer may be a member of and still be taken over by "
		"enrollctl device reimage, besides those that profiles list.",
		.example = "CN=wifi-devices,OU=Groups,DC=corp,DC=example,DC=com"),
	ROW("directory", "take-owners", KIND_PHRASES, AT(take_owners), NULL,
		"Active Directory: DNs or SIDs of those who, besides the agent, may own a computer "
		"that is taken over.",
		.example = "CN=Domain Admins,CN=Users,DC=corp,DC=example,DC=com"),
	ROW("directory", "ldap-timeout", KIND_DURATION, AT(ldap_timeout), "10s",
		"Time one operation may take.", RANGE(1, 5 * MINUTE)),
	ROW("directory", "ldap-connections", KIND_NUMBER, AT(ldap_connections), "8",
		"Connections kept.", RANGE(1, 256)),

	ROW("ca", "ca-dir", KIND_PATH, AT(ca_dir), "STATE-DIR/ca",
		"Folder of the issuing CAs and of the server's own certificate.",
		.example = "/var/lib/enrolld/ca"),
	ROW("ca", "crl-url", KIND_URL, AT(crl_url), NULL,
		"Where others fetch the revocation list; stands in each certificate. A listener "
		"with serve = crl has it at /crl/devices.crl.",
		.example = "http://mobileenroll.example.com/crl/devices.crl"),
	ROW("ca", "crl-file", KIND_PATH, AT(crl_file), NULL,
		"Where the revocation list is also written.",
		.example = "/var/lib/enrolld/devices.crl"),
	ROW("ca", "crl-lifetime", KIND_DURATION, AT(crl_lifetime), "1d",
		"How long a revocation list is valid. A new one is made when half of it is over, "
		"and as soon as a certificate is revoked.",
		RANGE(5 * MINUTE, 90 * DAY)),
	ROW("ca", "key-types", KIND_WORDS, AT(key_types),
		"p256 p384 rsa2048 rsa3072 rsa4096 ed25519",
		"Keys of devices that are accepted; an RSA length in between counts as the next "
		"shorter one.",
		.words = key_words),

	ROW("listener", "address", KIND_ENDPOINTS, LISTENER(address), NULL,
		"Addresses and ports to listen on; [::] is every address of IPv6 and none of IPv4.",
		.required = 1,
		.example = "0.0.0.0:443 [::]:443"),
	ROW("listener", "serve", KIND_SERVE, LISTENER(serves_enroll), "enroll",
		"enroll (HTTPS for devices) or crl (plain HTTP, the revocation list and nothing "
		"else).",
		.words = serve_words),
	ROW("listener", "public-name", KIND_DOMAINS, LISTENER(public_name), NULL,
		"Names under which devices ask for this server.",
		.example = "mobileenroll.example.com"),
	ROW("listener", "certificate", KIND_PATH, LISTENER(certificate), "CA-DIR/server.pem",
		"TLS certificate chain (PEM).", .example = "/var/lib/enrolld/ca/server.pem"),
	ROW("listener", "key", KIND_PATH, LISTENER(key), "CA-DIR/server.key",
		"Its private key (PEM).", .example = "/var/lib/enrolld/ca/server.key"),

	ROW("ou", "dn", KIND_DN, OU(dn), NULL, "The OU; devices may be put here and below.",
		.required = 1, .example = "OU=Managed Devices,DC=corp,DC=example,DC=com"),
	ROW("ou", "suffix", KIND_DOMAIN, OU(suffix), NULL, "DNS suffix of its devices.",
		.required = 1, .example = "corp.example.com"),

	ROW("profile", "ou", KIND_DN, PROFILE(ou), NULL, "OU of its devices if --ou is not given.",
		.example = "OU=Sales,OU=Managed Devices,DC=corp,DC=example,DC=com"),
	ROW("profile", "vpn", KIND_BOOL, PROFILE(vpn), "no",
		"Do its devices get VPN settings if --vpn is not given?"),
	ROW("profile", "vpn-gateway", KIND_HOST, PROFILE(vpn_gateway), NULL,
		"The VPN gateway; needed where VPN is on.", .example = "vpn.example.com"),
	ROW("profile", "dm-server", KIND_URL, PROFILE(dm_server), "none",
		"OMA-DM management server, or none."),
	ROW("profile", "dm-server-name", KIND_TEXT, PROFILE(dm_server_name), "Device management",
		"Its name for people."),
	ROW("profile", "dm-provider-id", KIND_TEXT, PROFILE(dm_provider_id), "enrolld",
		"Its PROVIDER-ID."),
	ROW("profile", "certificate-lifetime", KIND_DURATION, PROFILE(certificate_lifetime), "365d",
		"Life of a device certificate.", RANGE(HOUR, 3660LL * DAY)),
	ROW("profile", "groups", KIND_PHRASES, PROFILE(groups), NULL,
		"Groups (name or DN) that its devices may become members of, with ; between them; "
		"of all of them if --group is not given.",
		.example = "wifi-devices; CN=VPN Devices,OU=Groups,DC=corp,DC=example,DC=com"),
	ROW("profile", "login", KIND_WORD, PROFILE(login), "none",
		"Do people of the domain log in on its devices (sssd), or is the machine alone a "
		"member (none)? Active Directory only.",
		.words = login_words),
	ROW("profile", "on-leave", KIND_WORD, PROFILE(on_leave), "revoke",
		"What becomes of a device that runs enroll leave: its certificate is revoked and "
		"its "
		"object disabled, both can be undone, its object is deleted with all below it, or "
		"the "
		"story tells it and nothing else. A device cannot undo what an admin may miss, so "
		"it "
		"deletes nothing unless told to.",
		.words = leave_words),
	ROW("profile", "pkinit", KIND_BOOL, PROFILE(pkinit), "no",
		"May its certificates ask for Kerberos tickets (PKINIT)? Read "
		"docs/CERTIFICATES.md first: the CA then speaks for accounts of the domain."),
	ROW("profile", "alt-security-identities", KIND_BOOL, PROFILE(alt_security_identities),
		"no",
		"Is the certificate also written to altSecurityIdentities of its object, by issuer "
		"and serial number? Active Directory only; needs a right of its own, "
		"docs/CERTIFICATES.md."),

	ROW("role", "group", KIND_NAMES, ROLE(group), NULL, "Unix groups that have the role.",
		.required = 1, .example = "enroll-helpdesk"),
	ROW("role", "ou", KIND_PHRASES, ROLE(ou), NULL,
		"Only for devices of these OUs (DN or canonical path), with ; between them.",
		.example = "OU=Sales,OU=Managed Devices,DC=corp,DC=example,DC=com"),
	ROW("role", "names", KIND_NAMES, ROLE(names), NULL,
		"Only for devices whose name matches one of these patterns (* and ?).",
		.example = "LT-*"),
	ROW("role", "take-foreign", KIND_BOOL, ROLE(take_foreign), "no",
		"May device reimage --foreign take over objects that this server did not make? "
		"Never "
		"privileged ones; root may."),
};
const size_t conf_items_count = ARRAY_LEN(conf_items);

#define PLACE(section_, type_, help_)                                                              \
	{ #section_, offsetof(struct conf, section_), offsetof(struct conf, n_##section_),         \
		sizeof(struct type_), (help_) }

const struct conf_place_row conf_places[] = {
	[IN_CONF] = { NULL, 0, 0, 0, NULL },
	[IN_LISTENER] = PLACE(listener, conf_listener, "An address the server listens on."),
	[IN_OU] = PLACE(ou, conf_ou, "An OU the server may put devices into."),
	[IN_PROFILE] = PLACE(profile, conf_profile, "What a kind of device is told to become."),
	[IN_ROLE] = PLACE(role, conf_role_row,
		"Who may do what with enrollctl. NAME is a role: auditor reads; helpdesk also "
		"reissues, extends and cancels passwords, lists attempts and clears throttles; "
		"operator also adds, re-images, disables, enables and revokes devices; admin also "
		"removes them and sets rights. root is admin. A second row of the same role is "
		"called helpdesk.2 or alike."),
};
