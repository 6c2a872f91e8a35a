/* Logins of people of the domain: what it takes on this machine. */
#ifndef CLIENT_LOGIN_H
#define CLIENT_LOGIN_H

#include "client/journal.h"
#include "client/place.h"
#include "lib/base/fail.h"
#include "lib/base/str.h"

#define LOGIN_SSSD_CONF "/etc/sssd/sssd.conf"
#define LOGIN_NSSWITCH "/etc/nsswitch.conf"

/* Are the programs there? ENR_LOGIN_MISSING names the packages that are not. */
int login_installed(const struct place *p, struct fail *f);
/* PAM by the distribution's own tool; live places only, else nothing. *nsswitch is 1 if the tool
 * set up nsswitch.conf too. ENR_LOGIN_TAKEN: it leaves alone what somebody changed by hand. */
int login_pam(struct journal *j, int *nsswitch, struct fail *f);
/* sssd now and after every start of the machine, where systemd runs it; elsewhere nothing. */
int login_service(struct journal *j, struct fail *f);
/* 1 if sssd answers for NSS, waiting for as many seconds. */
int login_runs(const struct place *p, int seconds);

#endif
