/* The revocation list: signed from the store, kept for the CRL listener, written for others. */
#include <stdlib.h>
#include <string.h>

#include "agent/enrollment/steps.h"
#include "lib/base/clean.h"
#include "lib/base/clock.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

static struct crl_entry *entries_of(const struct store_cert_list *list)
{
	struct crl_entry *entry = mem_array(list->n ? list->n : 1, sizeof(*entry));

	for (size_t i = 0; i < list->n; i++) {
		const struct store_cert *c = &list->item[i];

		memcpy(entry[i].serial, c->serial, sizeof(entry[i].serial));
		entry[i].when = c->revoked_at;
		entry[i].reason = c->reason;
	}
	return entry;
}

static int sign(struct enrollment *e, const struct conf *conf, struct ca_crl *crl, struct fail *f)
{
	autoclean(store_cert_list_clear) struct store_cert_list list = { 0 };
	autoclean(bytes_free) struct bytes der = BYTES_INIT;
	struct crl_entry *entries;
	int ended;

	crl->this_update = clock_now();
	crl->life = conf->crl_lifetime;
	if (store_certs_revoked(e->parts.store, crl->this_update, &list, f) < 0 ||
		store_crl_number(e->parts.store, &crl->number, f) < 0)
		return -1;
	entries = entries_of(&list);
	crl->entries = entries;
	crl->n_entries = list.n;
	ended = ca_crl_sign(e->parts.ca, crl, &der, f);
	free(entries);
	if (ended == 0)
		bytes_set(&e->crl, der.data, der.len);
	return ended;
}

/* With crl_lock held: lists come out in the order of their numbers. */
static int publish(struct enrollment *e, uint64_t *number, struct fail *f)
{
	autoclean(snapshot_drop) struct snapshot *held = snapshot_hold(e);
	const char *path = held->conf->crl_file;
	struct ca_crl crl = { 0 };

	e->crl_stale = 1;
	if (sign(e, held->conf, &crl, f) < 0)
		return -1;
	if (e->parts.crl_changed)
		e->parts.crl_changed(e->parts.arg);
	if (number)
		*number = crl.number;
	if (path && file_write(path, e->crl.data, e->crl.len, 0644, f) < 0)
		return fail_in(f, "CRL %llu is served, but not written",
			(unsigned long long)crl.number);
	e->crl_stale = 0;
	return 0;
}

int enrollment_publish_crl(struct enrollment *e, uint64_t *number, struct fail *f)
{
	int ended;

	pthread_mutex_lock(&e->crl_lock);
	ended = publish(e, number, f);
	pthread_mutex_unlock(&e->crl_lock);
	return ended;
}

int crl_mend(struct enrollment *e, struct fail *f)
{
	int ended = 0;

	pthread_mutex_lock(&e->crl_lock);
	if (e->crl_stale)
		ended = publish(e, NULL, f);
	pthread_mutex_unlock(&e->crl_lock);
	return ended;
}

int crl_answer(struct enrollment *e, struct enroll_reply *reply, struct fail *f)
{
	int ended = 0;

	pthread_mutex_lock(&e->crl_lock);
	if (e->crl.len == 0)
		ended = publish(e, NULL, f);
	if (e->crl.len > 0) {
		bytes_set(&reply->document, e->crl.data, e->crl.len);
		ended = 0;
	}
	pthread_mutex_unlock(&e->crl_lock);
	return ended;
}
