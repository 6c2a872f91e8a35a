/* The provisioning document becomes this machine: one file a section, rows of a table in apply.c.
 * First every section is looked at, then every section is applied in the order of the table; so a
 * document that cannot be used changes nothing. Every change goes through the journal, so that it
 * can be undone and a run that was cut short is finished by running again. One thread. */
#ifndef CLIENT_APPLY_H
#define CLIENT_APPLY_H

#include <jansson.h>

#include "client/domain.h"
#include "client/journal.h"
#include "client/place.h"
#include "client/say.h"
#include "client/state.h"
#include "lib/base/fail.h"
#include "lib/base/str.h"
#include "lib/pki/cert.h"
#include "lib/pki/key.h"
#include "lib/wire/wapdoc.h"

#define APPLY_WORDS_MAX 512
#define APPLY_CA_MAX 8

struct apply {
	const struct place *place;
	struct journal *journal;
	struct state *state; /* what a section learns is noted there */
	const struct wapdoc_node *document;
	const struct pki_key *key; /* the device's */
	struct say *say;
	/* Private to the sections. */
	struct bytes device; /* certificate, DER */
	struct cert_list intermediates;
	struct domain domain;
	struct bytes keytab; /* as it is to become */
};

struct section {
	const char *type; /* as in the document */
	const char *name; /* in JSON */
	const char *label; /* for people */
	/* Is it usable? ENR_DOCUMENT_INVALID. Changes nothing but *a. May be NULL. */
	int (*look)(struct apply *a, const struct wapdoc_node *n, struct fail *f);
	/* Make it so; words say what was done. Doing it twice is doing it once. */
	int (*apply)(struct apply *a, const struct wapdoc_node *n, struct str *words,
		struct fail *f);
};

/* In the order they are applied; the last is the flag that says all is done. */
extern const struct section section_certificate_store, section_application, section_trust,
	section_device_name, section_domain, section_login, section_vpn, section_enrolled;

/* Everything. state->applied becomes the list of sections and results. */
int apply_document(struct apply *a, struct fail *f);
void apply_clear(struct apply *a);

/* For sections. A value of a parm that must be there and pass is_ok (may be NULL). */
int apply_value(const struct wapdoc_node *n, const char *parm, int (*is_ok)(const char *),
	const char **out, struct fail *f);
/* A JSON file through the journal; o is taken over. */
int apply_json(struct apply *a, const char *path, mode_t mode, json_t *o, struct fail *f);

#endif
