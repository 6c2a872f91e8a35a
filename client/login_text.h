/* The files that let people of a domain log in, as text. Pure. */
#ifndef CLIENT_LOGIN_TEXT_H
#define CLIENT_LOGIN_TEXT_H

#include "client/domain.h"
#include "lib/base/str.h"

/* For libkrb5: the realm and whom to ask: the controller that knows the account already, then
 * whoever answers for the name of the domain. */
void login_krb5_conf(const struct domain *d, struct str *out);
/* The machine's krb5.conf (text; NULL: there is none) reads dir first of all. 1: it does already
 * and out is untouched. */
int login_include(const char *text, const char *dir, struct str *out);
/* sssd.conf. fqdn: the machine's name. */
void login_sssd_conf(const struct domain *d, const char *fqdn, struct str *out);
/* nsswitch.conf with sss for people and groups. 1: it has it already and out is untouched. */
int login_nsswitch(const char *text, struct str *out);

#endif
