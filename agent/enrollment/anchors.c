#include "agent/enrollment/anchors.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/pki/cert.h"

#define CHAIN_OCTETS_MAX 65536
#define CHAIN_MAX 8

struct anchors {
	const struct conf *conf;
	struct bytes *foreign; /* one a listener row; empty: ours */
};

static int read_foreign(const char *path, const struct ca *ca, struct bytes *out, struct fail *f)
{
	autoclean(cert_list_free) struct cert_list chain = { NULL, 0 };
	autoclean(bytes_free) struct bytes pem = BYTES_INIT;

	if (file_read(path, CHAIN_OCTETS_MAX, &pem, f) < 0 ||
		cert_list_parse_pem(pem.data, pem.len, CHAIN_MAX, &chain, f) < 0)
		return -1;
	if (chain.n == 0)
		return fail(f, ENR_FILE_FAILED, "%s: no certificate", path);
	if (!cert_is_issued_by(&chain.der[0], ca_services(ca)))
		bytes_set(out, chain.der[chain.n - 1].data, chain.der[chain.n - 1].len);
	return 0;
}

struct anchors *anchors_read(const struct conf *conf, const struct ca *ca)
{
	struct anchors *a = mem_new(sizeof(*a));

	a->conf = conf;
	a->foreign = mem_array(conf->n_listener + 1, sizeof(*a->foreign));
	for (size_t i = 0; i < conf->n_listener; i++) {
		const struct conf_listener *l = &conf->listener[i];
		struct fail f = FAIL_INIT;

		if (l->serves_enroll && read_foreign(l->certificate, ca, &a->foreign[i], &f) < 0)
			log_warn("anchors", "listener=%s code=%s evidence=\"%s\"", l->name,
				code_name(f.code), f.evidence);
	}
	return a;
}

void anchors_free(struct anchors **a)
{
	if (!*a)
		return;
	for (size_t i = 0; i < (*a)->conf->n_listener; i++)
		bytes_free(&(*a)->foreign[i]);
	free((*a)->foreign);
	free(*a);
	*a = NULL;
}

const struct bytes *anchors_foreign(const struct anchors *a, const char *listener)
{
	for (size_t i = 0; i < a->conf->n_listener; i++) {
		if (text_equal(a->conf->listener[i].name, listener))
			return a->foreign[i].len > 0 ? &a->foreign[i] : NULL;
	}
	return NULL;
}
