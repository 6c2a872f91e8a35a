#include "lib/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clean.h"
#include "tests/unit/cunit.h"

static char folder[32];
static char path[64];

static int make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/e.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

/* Fails if a test left something behind: temporary files of file_write, say. */
static int remove_folder(void)
{
	return rmdir(folder);
}

static mode_t mode_of(const char *p)
{
	struct stat st;

	return stat(p, &st) == 0 ? st.st_mode & 07777 : 0;
}

static void what_is_written_is_read(void)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;

	CU_ASSERT_EQUAL(file_write(path, "a\0b", 3, 0640, NULL), 0);
	CU_ASSERT_EQUAL(mode_of(path), 0640);
	CU_ASSERT_EQUAL(file_read(path, 3, &b, NULL), 0);
	CU_ASSERT_TRUE(b.len == 3 && memcmp(b.data, "a\0b\0", 4) == 0);
	CU_ASSERT_EQUAL(file_write(path, "", 0, 0600, NULL), 0);
	CU_ASSERT_EQUAL(mode_of(path), 0600);
	CU_ASSERT_EQUAL(file_read(path, 0, &b, NULL), 0);
	CU_ASSERT_TRUE(b.len == 0 && b.data[0] == '\0');
	unlink(path);
}

static void more_than_the_limit_is_refused(void)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;
	autoclean(text_free) char *big = mem_new(20001);
	struct fail f = FAIL_INIT;

	memset(big, 'x', 20000);
	CU_ASSERT_EQUAL(file_write(path, big, 20000, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_read(path, 20000, &b, NULL), 0);
	CU_ASSERT_TRUE(b.len == 20000 && memcmp(b.data, big, 20001) == 0);
	CU_ASSERT_EQUAL(file_read(path, 19999, &b, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, path));
	CU_ASSERT_EQUAL(b.len, 20000);
	unlink(path);
}

static void what_cannot_be_read_is_named(void)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_read(path, 10, &b, &f), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "No such file"));
	CU_ASSERT_EQUAL(file_read(folder, 10, &b, &f), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "is a folder"));
	CU_ASSERT_EQUAL(file_read_fd(-1, 10, &b, &f), -1);
}

/* Nobody writes to it: waiting would be for ever. */
static void a_pipe_without_a_writer_is_empty(void)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;

	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	alarm(20);
	CU_ASSERT_EQUAL(file_read(path, 10, &b, NULL), 0);
	CU_ASSERT_EQUAL(b.len, 0);
	alarm(0);
	unlink(path);
}

static void create_never_overwrites(void)
{
	autoclean(bytes_free) struct bytes b = BYTES_INIT;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_create(path, "one", 3, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_create(path, "two", 3, 0600, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_OUTPUT_EXISTS);
	CU_ASSERT_EQUAL(file_read(path, 10, &b, NULL), 0);
	CU_ASSERT_EQUAL(memcmp(b.data, "one", 4), 0);
	unlink(path);
}

/* Its name in the folder cannot be made durable: then there is no file. */
static void what_is_not_durable_is_not_created(void)
{
	const uid_t self = geteuid(), other = self == 0 ? 65534 : self;
	struct fail f = FAIL_INIT;

	if (chown(folder, other, (gid_t)-1) < 0)
		return; /* a user namespace with root alone, whom no mode keeps out */
	CU_ASSERT_EQUAL_FATAL(chmod(folder, 0300), 0); /* may be written, not opened */
	CU_ASSERT_EQUAL_FATAL(seteuid(other), 0);
	CU_ASSERT_EQUAL(file_create(path, "one", 3, 0600, &f), -1);
	CU_ASSERT_EQUAL_FATAL(seteuid(self), 0);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	CU_ASSERT_EQUAL(chmod(folder, 0700), 0);
	CU_ASSERT_EQUAL(file_exists(path), 0);
	CU_ASSERT_EQUAL(chown(folder, self, (gid_t)-1), 0);
}

static void a_failed_write_leaves_the_old_content(void)
{
	autoclean(text_free) char *below = file_join(path, "x");
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_write(path, "one", 3, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_write(below, "two", 3, 0600, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	unlink(path);
	CU_ASSERT_EQUAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(file_write(path, "two", 3, 0600, &f), -1);
	rmdir(path);
}

static void folders_are_made_all_the_way(void)
{
	autoclean(text_free) char *a = file_join(folder, "a"), *b = file_join(a, "b/");
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_mkdirs(b, 0750, NULL), 0);
	CU_ASSERT_EQUAL(file_mkdirs(b, 0700, NULL), 0);
	CU_ASSERT_EQUAL(mode_of(b), 0750);
	CU_ASSERT_EQUAL(file_mkdirs("/", 0700, NULL), 0);
	rmdir(b);
	CU_ASSERT_EQUAL(file_write(path, "x", 1, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_mkdirs(path, 0700, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	unlink(path);
	rmdir(a);
}

static void private_means_its_owner_alone(void)
{
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(file_write(path, "x", 1, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_is_private(path, NULL), 0);
	chmod(path, 0640);
	CU_ASSERT_EQUAL(file_is_private(path, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, "0640"));
	unlink(path);
	CU_ASSERT_EQUAL(file_is_private(path, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_FILE_FAILED);
	CU_ASSERT_EQUAL(file_is_private(folder, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_KEY_FILE);
}

static void existence_has_two_sure_answers(void)
{
	autoclean(text_free) char *below = file_join(path, "x");

	CU_ASSERT_EQUAL(file_exists(path), 0);
	CU_ASSERT_EQUAL(file_write(path, "x", 1, 0600, NULL), 0);
	CU_ASSERT_EQUAL(file_exists(path), 1);
	CU_ASSERT_EQUAL(file_exists(below), 0);
	unlink(path);
}

static void joined_names_have_one_slash(void)
{
	autoclean(text_free) char *a = file_join("/x", "y"), *b = file_join("/x/", "y"),
				  *c = file_join("", "y");

	CU_ASSERT_STRING_EQUAL(a, "/x/y");
	CU_ASSERT_STRING_EQUAL(b, "/x/y");
	CU_ASSERT_STRING_EQUAL(c, "/y");
}

static CU_TestInfo tests[] = {
	{ "what is written is read", what_is_written_is_read },
	{ "more than the limit is refused", more_than_the_limit_is_refused },
	{ "what cannot be read is named", what_cannot_be_read_is_named },
	{ "a pipe without a writer is empty", a_pipe_without_a_writer_is_empty },
	{ "create never overwrites", create_never_overwrites },
	{ "what is not durable is not created", what_is_not_durable_is_not_created },
	{ "a failed write leaves the old content", a_failed_write_leaves_the_old_content },
	{ "folders are made all the way", folders_are_made_all_the_way },
	{ "private means its owner alone", private_means_its_owner_alone },
	{ "existence has two sure answers", existence_has_two_sure_answers },
	{ "joined names have one slash", joined_names_have_one_slash },
	CU_TEST_INFO_NULL,
};

CU_SuiteInfo suite_lib_base_file = { .pName = "lib/base/file",
	.pInitFunc = make_folder,
	.pCleanupFunc = remove_folder,
	.pTests = tests };
