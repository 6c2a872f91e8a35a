/* Where things are on this machine: every path enroll uses, below a root folder that is "/" unless
 * a throw-away one was given. Pure but for place_traces, place_prepare and place_lock. */
#ifndef CLIENT_PLACE_H
#define CLIENT_PLACE_H

#include "lib/base/fail.h"

#define PLACE_DIR "/etc/enroll"
#define PLACE_CONF "/etc/enroll/enroll.conf"
#define PLACE_KEY "/etc/enroll/device.key" /* private key, 0600 */
#define PLACE_DEVICE "/etc/enroll/device.pem" /* leaf first, then the devices CA */
#define PLACE_ROOT "/etc/enroll/root.pem" /* anchors of the bootstrap, with roles */
#define PLACE_DOCUMENT "/etc/enroll/provisioning.xml" /* 0600 */
#define PLACE_JOIN "/etc/enroll/join.state" /* a join that is not finished, 0600 */
#define PLACE_STATE "/etc/enroll/state.json" /* a membership */
#define PLACE_LOG "/etc/enroll/log" /* attempts, 0600 */
#define PLACE_BEFORE "/etc/enroll/before" /* journal and originals, 0700 */
#define PLACE_DM_SERVER "/etc/enroll/dm-server.json"
#define PLACE_DM_TRUST "/etc/enroll/dm-trust.json"
#define PLACE_ENROLLED "/etc/enroll/enrolled"
#define PLACE_DOMAIN "/etc/enroll/domain.json"
#define PLACE_KRB5 "/etc/enroll/krb5.conf" /* realm and domain controllers, for any program */
#define PLACE_KEYTAB "/etc/krb5.keytab"
#define PLACE_VPN "/etc/enroll/vpn.json"

#define PLACE_TEXT_MAX (256 * 1024) /* octets of a file that we compose */

struct place {
	const char *root; /* absolute, without a slash at the end; "" for the machine itself */
	int live; /* 1: the machine itself, so its running state (host name) is set too */
};

/* root NULL or "/": the machine itself. The text must live as long as the place. */
struct place place_of(const char *root);
/* A throw-away root may be somebody else's tree: ENR_LOCAL_STATE if a folder of ours in it is a
 * symbolic link, which would lead out of it. Nothing to check on the machine itself. */
int place_check(const struct place *p, struct fail *f);
/* The path below the root; free() it. */
char *place_path(const struct place *p, const char *absolute);
/* The same of a file that is somebody else's: where that is a symbolic link, as some distributions
 * have them in /etc, the file behind it; below a throw-away root none is followed. free() it. */
char *place_file(const struct place *p, const char *absolute);
/* 1 if /etc/enroll has nothing in it but what a join that came to nothing, or one or a leave that
 * was killed, left: our log, a key, or nothing at all. 0 if it has, or cannot be read. */
int place_traces(const struct place *p);
/* Make /etc/enroll (0755). *made is 1 if it was not there, or has only such traces. */
int place_prepare(const struct place *p, int *made, struct fail *f);
/* Keep a second enroll out until the descriptor is closed. ENR_JOIN_RUNNING. The folder must be
 * there. Returns the descriptor or -1. */
int place_lock(const struct place *p, struct fail *f);

#endif
