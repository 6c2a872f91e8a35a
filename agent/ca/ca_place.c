/* The files of a new CA: written into a folder beside its place, then put into place at once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/ca/ca_private.h"
#include "lib/base/clean.h"
#include "lib/base/file.h"
#include "lib/base/text.h"

#define BESIDE 7 /* octets of what lib/base/file.h hangs on the name while it writes: ".XXXXXX" */

/* The whole folder. */
static const char *const files[] = {
	CA_ROOT_CERT, CA_SERVICES_CERT, CA_SERVICES_KEY, CA_DEVICES_CERT, CA_DEVICES_KEY,
	CA_SERVER_CERT, CA_SERVER_KEY, CA_ROOT_CRL,
};

/* Where it all goes. */
struct place {
	char *dir, *parent, *temp;
	/* of the folder that stands there empty, else of the one it will stand in */
	struct stat owner;
	int fd; /* temp, locked: ours alone until this process ends */
};

static void place_clear(struct place *p)
{
	text_free(&p->dir);
	text_free(&p->parent);
	text_free(&p->temp);
	fd_close(&p->fd);
}

int ca_place_check(const struct ca_plan *p, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autoclean(text_free) char *path = file_join(p->dir, files[i]);

		if (file_exists(path) > 0)
			return fail(f, ENR_CA_EXISTS, "%s", path);
	}
	if (file_exists(p->root_key_file) > 0)
		return fail(f, ENR_KEY_FILE,
			"%s exists already; a root key is never overwritten (one that was left by "
			"a ca init that was cut off is of no use: there is no CA in %s)",
			p->root_key_file, p->dir);
	return 0;
}

/* --- the folder beside --------------------------------------------------------------------- */

static int is_ours(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		size_t own = strlen(files[i]);

		if (strncmp(name, files[i], own) == 0 &&
			(len == own || (len == own + BESIDE && name[own] == '.')))
			return 1;
	}
	return 0;
}

/* What a run that was cut off has left. */
static int leftovers_remove(const struct place *p, struct fail *f)
{
	int fd = openat(p->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	int ret = 0;

	if (dir == NULL) {
		fd_close(&fd);
		return fail_errno(f, ENR_FILE_FAILED, "%s", p->temp);
	}
	/* cppcheck-suppress readdirCalled; one thread */
	while (ret == 0 && (e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!is_ours(e->d_name))
			ret = fail(f, ENR_FILE_FAILED,
				"%s is where the CA grows, and there is %s in it", p->temp,
				e->d_name);
		else if (unlinkat(p->fd, e->d_name, 0) < 0)
			ret = fail_errno(f, ENR_FILE_FAILED, "%s/%s", p->temp, e->d_name);
	}
	closedir(dir);
	return ret;
}

/* Is the folder that we have locked still the one of that name, and nobody else's? 1, 0, -1. */
static int temp_holds(const struct place *p, struct fail *f)
{
	struct stat held, there;

	if (fstat(p->fd, &held) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", p->temp);
	if (lstat(p->temp, &there) < 0 || there.st_ino != held.st_ino ||
		there.st_dev != held.st_dev)
		return 0;
	if ((held.st_uid != geteuid() && held.st_uid != p->owner.st_uid) ||
		(held.st_mode & 077) != 0)
		return fail(f, ENR_FILE_FAILED, "%s may be used by others", p->temp);
	return 1;
}

static int temp_take(struct place *p, struct fail *f)
{
	int holds = 0;

	while (holds == 0) {
		fd_close(&p->fd);
		if (mkdir(p->temp, 0700) < 0 && errno != EEXIST)
			return fail_errno(f, ENR_FILE_FAILED, "%s", p->temp);
		p->fd = open(p->temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (p->fd < 0 && errno == ENOENT)
			continue;
		if (p->fd < 0)
			return fail_errno(f, ENR_FILE_FAILED, "%s", p->temp);
		if (flock(p->fd, LOCK_EX | LOCK_NB) < 0)
			return fail(f, ENR_CA_EXISTS, "another ca init is making one in %s",
				p->temp);
		holds = temp_holds(p, f);
	}
	return holds < 0 ? -1 : leftovers_remove(p, f);
}

static void temp_remove(const struct place *p)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlinkat(p->fd, files[i], 0);
	rmdir(p->temp);
}

/* --- writing ------------------------------------------------------------------------------- */

static int write_text(const char *dir, const char *name, const struct str *text, mode_t mode,
	struct fail *f)
{
	autoclean(text_free) char *path = file_join(dir, name);

	return file_write(path, str_text(text), text->len, mode, f);
}

static int write_cert(const char *dir, const char *name, const struct bytes *der, struct fail *f)
{
	autoclean(str_free) struct str pem = STR_INIT(CA_PEM_ROOM);

	cert_pem_add(der->data, der->len, &pem);
	return write_text(dir, name, &pem, 0644, f);
}

static int all_write(const char *dir, const struct ca_material *m, struct fail *f)
{
	autoclean(text_free) char *crl = file_join(dir, CA_ROOT_CRL);

	if (write_cert(dir, CA_ROOT_CERT, &m->root, f) < 0 ||
		write_cert(dir, CA_SERVICES_CERT, &m->services.cert, f) < 0 ||
		write_cert(dir, CA_DEVICES_CERT, &m->devices.cert, f) < 0 ||
		write_text(dir, CA_SERVICES_KEY, &m->services_key_pem, 0600, f) < 0 ||
		write_text(dir, CA_DEVICES_KEY, &m->devices_key_pem, 0600, f) < 0 ||
		write_text(dir, CA_SERVER_CERT, &m->server_pem, 0644, f) < 0 ||
		write_text(dir, CA_SERVER_KEY, &m->server_key_pem, 0600, f) < 0)
		return -1;
	return file_write(crl, m->root_crl.data, m->root_crl.len, 0644, f);
}

/* Root makes what enrolld's own account reads. */
static int owner_give(const struct place *p, struct fail *f)
{
	int ret = 0;

	if (geteuid() != 0)
		return 0;
	for (size_t i = 0; ret == 0 && i < ARRAY_LEN(files); i++)
		ret = fchownat(p->fd, files[i], p->owner.st_uid, p->owner.st_gid,
			AT_SYMLINK_NOFOLLOW);
	if (ret == 0)
		ret = fchown(p->fd, p->owner.st_uid, p->owner.st_gid);
	if (ret < 0)
		return fail_errno(f, ENR_FILE_FAILED, "give %s to uid %u", p->temp,
			(unsigned)p->owner.st_uid);
	return 0;
}

static void folder_sync(const char *path)
{
	autoclean(fd_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		(void)!fsync(fd);
}

/* A stick with FAT on it has no modes: there the passphrase must do. */
static int root_key_write(const struct ca_plan *p, const struct ca_material *m, struct fail *f)
{
	struct fail why = FAIL_INIT;

	if (file_create(p->root_key_file, str_text(&m->root_key_pem), m->root_key_pem.len,
		    FILE_OWN, &why) < 0)
		return fail(f, why.code == ENR_OUTPUT_EXISTS ? ENR_KEY_FILE : why.code,
			"root key: %s", why.evidence);
	if (p->root_key_passphrase != NULL || file_is_private(p->root_key_file, &why) == 0)
		return 0;
	unlink(p->root_key_file);
	return fail(f, ENR_KEY_FILE, "root key: %s; give it a passphrase, or another place",
		why.evidence);
}

/* The root key first: a root key without a CA is a nuisance, a CA without its root key is lost. */
static int into_place(const struct ca_plan *plan, const struct ca_material *m,
	const struct place *p, struct fail *f)
{
	if (root_key_write(plan, m, f) < 0)
		return -1;
	if (rename(p->temp, p->dir) == 0)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST)
		fail(f, ENR_FILE_FAILED, "%s is not empty; a CA needs a folder of its own",
			p->dir);
	else
		fail_errno(f, ENR_FILE_FAILED, "%s", p->dir);
	unlink(plan->root_key_file);
	return -1;
}

static void place_name(const struct ca_plan *plan, struct place *p)
{
	char *slash;

	p->dir = mem_text(plan->dir);
	for (size_t n = strlen(p->dir); n > 1 && p->dir[n - 1] == '/'; n--)
		p->dir[n - 1] = '\0';
	p->temp = mem_printf("%s.new", p->dir);
	p->parent = mem_text(p->dir);
	slash = strrchr(p->parent, '/');
	if (slash == NULL) {
		text_free(&p->parent);
		p->parent = mem_text(".");
	} else {
		slash[slash == p->parent] = '\0';
	}
}

int ca_place(const struct ca_plan *plan, const struct ca_material *m, struct fail *f)
{
	autoclean(place_clear) struct place p = { .fd = -1 };

	place_name(plan, &p);
	if (file_mkdirs(p.parent, 0700, f) < 0)
		return -1;
	if (stat(p.dir, &p.owner) < 0 && stat(p.parent, &p.owner) < 0)
		return fail_errno(f, ENR_FILE_FAILED, "%s", p.parent);
	if (temp_take(&p, f) < 0)
		return -1;
	if (all_write(p.temp, m, f) < 0 || owner_give(&p, f) < 0 ||
		into_place(plan, m, &p, f) < 0) {
		temp_remove(&p);
		return -1;
	}
	folder_sync(p.parent);
	return 0;
}
