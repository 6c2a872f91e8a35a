/* Servers by DNS (RFC 2782, RFC 1035): the answer parsed, put in order, asked for.
 * Private to ldap/. */
#ifndef LDAP_DIR_SRV_H
#define LDAP_DIR_SRV_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/fail.h"

enum { DIR_SRV_MAX = 64, DIR_SRV_NAME_MAX = 256 };

struct dir_srv {
	uint16_t priority, weight, port;
	char target[DIR_SRV_NAME_MAX]; /* a host name in lower case */
};
struct dir_srv_list {
	struct dir_srv at[DIR_SRV_MAX];
	size_t n;
	uint32_t ttl;                  /* seconds; the least of all */
};

/* A DNS message: its SRV records are added to the list (ttl of an empty one is set). A target that
 * is no host name is left out, so is "." (there is no such service). 0, or -1 if it is no answer
 * message; the list is untouched then. Pure. */
int dir_srv_parse(const uint8_t *message, size_t len, struct dir_srv_list *list);

/* Put those from index `from` on in the order to try them: priority, and within that by chance
 * according to weight. pick(n) is a random number of 0 … n-1. */
void dir_srv_sort(struct dir_srv_list *list, size_t from, uint32_t (*pick)(uint32_t n));

/* The LDAP servers of the domain, those of the site (or NULL) first. ENR_DIRECTORY_UNREACHABLE:
 * there are none, or DNS does not answer. Waits for DNS servers as resolv.conf says, but no longer
 * than some seconds. Thread-safe. */
int dir_srv_ask(const char *domain, const char *site, struct dir_srv_list *list, struct fail *f);

#endif
