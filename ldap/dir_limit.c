#include "ldap/dir_limit.h"

#include <errno.h>
#include <poll.h>

#include "lib/base/clock.h"

/* Wait until the socket can do that. 0, or -1 with errno ETIMEDOUT. */
static int wait_for(Sockbuf_IO_Desc *d, short what)
{
	struct dir_limit *limit = d->sbiod_pvt;
	struct pollfd p = { .fd = -1, .events = what };
	int64_t left;
	int rc;

	if (limit->deadline == 0 || ber_sockbuf_ctrl(d->sbiod_sb, LBER_SB_OPT_GET_FD, &p.fd) < 0)
		return 0;
	do {
		left = limit->deadline - clock_mono_ms();
		rc = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (rc < 0 && errno == EINTR);
	if (rc != 0)
		return 0;
	limit->expired = 1;
	errno = ETIMEDOUT;
	return -1;
}

static int limit_setup(Sockbuf_IO_Desc *d, void *arg)
{
	d->sbiod_pvt = arg;
	return 0;
}

static int limit_remove(Sockbuf_IO_Desc *d)
{
	d->sbiod_pvt = NULL;
	return 0;
}

static int limit_ctrl(Sockbuf_IO_Desc *d, int option, void *arg)
{
	return LBER_SBIOD_CTRL_NEXT(d, option, arg);
}

static ber_slen_t limit_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	/* The layer below may hold what it read ahead. */
	if (LBER_SBIOD_CTRL_NEXT(d, LBER_SB_OPT_DATA_READY, NULL) <= 0 && wait_for(d, POLLIN) < 0)
		return -1;
	return LBER_SBIOD_READ_NEXT(d, buf, len);
}

static ber_slen_t limit_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t len)
{
	if (wait_for(d, POLLOUT) < 0)
		return -1;
	return LBER_SBIOD_WRITE_NEXT(d, buf, len);
}

int dir_limit_add(Sockbuf *sb, struct dir_limit *limit)
{
	static Sockbuf_IO layer = {
		limit_setup, limit_remove, limit_ctrl, limit_read, limit_write, NULL };

	return ber_sockbuf_add_io(sb, &layer, LBER_SBIOD_LEVEL_PROVIDER + 5, limit);
}
