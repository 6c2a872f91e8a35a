/* The configuration as the parent holds it, and the sockets it asks for. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/opening.h"
#include "agent/parent_private.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define CONFIG_MAX (1024 * 1024)
#define REPORT_MAX 65536

static void log_report(const struct str *report)
{
	autoclean(text_free) char *copy = mem_text(str_text(report));
	char *rest = NULL;

	for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_error("configuration", "%s", line);
}

int setting_read(const char *path, struct setting *out, struct fail *f)
{
	autoclean(str_free) struct str report = STR_INIT(REPORT_MAX);
	autoclean(bytes_free) struct bytes octets = BYTES_INIT;
	autoclean(fd_close) int copy = -1;
	struct conf *conf;

	if (file_read(path, CONFIG_MAX, &octets, f) < 0) {
		if (f != NULL)
			f->code = ENR_CONFIG_UNREADABLE;
		return -1;
	}
	copy = opening_copy(&octets, f);
	if (copy < 0)
		return -1;
	conf = conf_load_fd(copy, path, &report, f);
	if (conf == NULL) {
		log_report(&report);
		return -1;
	}
	out->octets = octets;
	octets = BYTES_INIT;
	out->conf = conf;
	return 0;
}

void setting_clear(struct setting *s)
{
	bytes_free(&s->octets);
	conf_free(&s->conf);
}

int socket_is_wanted(const struct conf *conf, const struct socket_row *row)
{
	for (size_t i = 0; i < conf->n_listener; i++) {
		const struct conf_listener *l = &conf->listener[i];

		if (!text_equal(l->name, row->listener))
			continue;
		for (size_t j = 0; j < l->address.n; j++)
			if (text_equal(l->address.item[j], row->address))
				return 1;
	}
	return 0;
}

/* The socket of an address, whichever row had it. */
static struct socket_row *find_socket(struct parent *p, const char *address)
{
	for (size_t i = 0; i < p->n_sockets; i++)
		if (text_equal(p->sockets[i].address, address))
			return &p->sockets[i];
	return NULL;
}

static int add_socket(struct parent *p, const char *listener, const char *address, struct fail *f)
{
	struct socket_row *row = find_socket(p, address);
	int fd;

	if (row != NULL && text_equal(row->listener, listener))
		return 0;
	fd = row ? dup(row->fd) : opening_listener(address, f);
	if (fd < 0)
		return -1;
	p->sockets = mem_grow(p->sockets, p->n_sockets + 1, sizeof(*p->sockets));
	p->sockets[p->n_sockets++] =
		(struct socket_row){ mem_text(listener), mem_text(address), fd };
	return 0;
}

static void forget_sockets(struct parent *p, size_t from)
{
	while (p->n_sockets > from) {
		struct socket_row *row = &p->sockets[--p->n_sockets];

		fd_close(&row->fd);
		free(row->listener);
		free(row->address);
	}
}

int sockets_open(struct parent *p, const struct conf *conf, struct fail *f)
{
	size_t before = p->n_sockets;

	for (size_t i = 0; i < conf->n_listener; i++) {
		const struct conf_listener *l = &conf->listener[i];

		for (size_t j = 0; j < l->address.n; j++) {
			if (add_socket(p, l->name, l->address.item[j], f) < 0) {
				forget_sockets(p, before);
				return fail_in(f, "listener %s", l->name);
			}
		}
	}
	return 0;
}

void sockets_close_unwanted(struct parent *p, const struct conf *conf)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n_sockets; i++) {
		struct socket_row row = p->sockets[i];

		if (conf != NULL && socket_is_wanted(conf, &row)) {
			p->sockets[kept++] = row;
			continue;
		}
		fd_close(&row.fd);
		free(row.listener);
		free(row.address);
	}
	p->n_sockets = kept;
}
