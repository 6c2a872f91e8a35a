/* What `enrollctl ca` knows of a CA from its files alone: enrolld need not run. */
#ifndef CTL_CA_FILES_H
#define CTL_CA_FILES_H

#include <jansson.h>

#include "agent/conf/conf.h"
#include "ctl/cmd.h"
#include "lib/pki/cert.h"

struct ca_files {
	char *dir;
	struct conf *conf;       /* NULL: --dir was given, or there is no configuration */
	const char *crl_file;    /* of the devices CA, or NULL */
};
/* --dir, else the folder that the configuration (--config, or the usual one) names. */
int ca_files_find(const struct cmd *c, struct ca_files *out, struct fail *f);
void ca_files_free(struct ca_files *files);

/* The certificates root, devices, services in this order. ENR_CA_MISSING, ENR_CA_UNAVAILABLE. */
int ca_files_load(const struct ca_files *files, struct cert_list *out, struct fail *f);
/* {"kind":"ca", …}: certificates and CRLs with their files. A new reference, or NULL and f. */
json_t *ca_files_doc(const struct ca_files *files, int changed, struct fail *f);
/* The parts of it as text for people: a block for each certificate, a line for each CRL. */
void ca_files_render(struct cmd *c, const json_t *doc);

/* Who else may want the CA: one row each. */
struct ca_use {
	const char *who, *where, *allows;
};
const struct ca_use *ca_uses(size_t *n);

/* Rows of --config and --dir. */
#define CA_FILES_OPTIONS                                                                           \
	{ "config", 0, OPTION_TEXT, "FILE", "configuration that names it (" CONF_PATH ")" },       \
	{ "dir", 0, OPTION_TEXT, "DIR", "the CA's folder itself" }

#endif
