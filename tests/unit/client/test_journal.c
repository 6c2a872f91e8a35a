#include "client/journal.h"

#include "lib/base/clean.h"
#include "lib/base/text.h"
#include "tests/unit/client/temp_root.h"
#include "tests/unit/cunit.h"

static struct temp_root t;
static char *before;

static void set_up(void)
{
	temp_root_make(&t);
	before = temp_snapshot(&t);
}

static void tear_down(void)
{
	text_free(&before);
	temp_root_free(&t);
}

static int put(struct journal *j, const char *path, const char *text)
{
	struct bytes data = { (uint8_t *)(uintptr_t)text, strlen(text) };

	return journal_put(j, path, &data, 0644, NULL);
}

static struct journal *open_journal(void)
{
	struct journal *j = NULL;

	CU_ASSERT_EQUAL_FATAL(journal_open(&t.place, &j, NULL), 0);
	return j;
}

static void as_before(void)
{
	autoclean(text_free) char *after = temp_snapshot(&t);

	CU_ASSERT_STRING_EQUAL(after, before);
}

static void reads(const char *path, const char *text)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	temp_read(&t, path, &data);
	CU_ASSERT_EQUAL(data.len, strlen(text));
	CU_ASSERT_EQUAL(memcmp(data.data, text, strlen(text)), 0);
}

static void what_was_changed_is_put_back_byte_for_byte(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(str_free) struct str left = STR_INIT(4096);
	size_t n = 0;

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042.example\n"), 0);
	CU_ASSERT_EQUAL(put(j, "/etc/hosts", "127.0.0.1 other\n"), 0);
	CU_ASSERT_EQUAL(put(j, "/usr/local/share/new/file", "x"), 0);
	reads("/etc/hostname", "lt-0042.example\n");
	CU_ASSERT_EQUAL(journal_check(j, &n, NULL), 0);
	CU_ASSERT_EQUAL(n, 3);

	journal_free(&j);
	j = open_journal();
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	CU_ASSERT_EQUAL(left.len, 0);
	as_before();
}

static void a_file_that_is_so_already_is_not_touched(void)
{
	autoclean(journal_free) struct journal *j = open_journal();

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "localhost\n"), 0);
	CU_ASSERT_EQUAL(journal_count(j), 0);
	as_before();
}

static void a_changed_file_keeps_owner_and_mode(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(text_free) char *path = place_path(&t.place, "/etc/hostname");
	struct stat st;

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0640);
}

static void a_row_without_its_change_is_undone_as_nothing(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(str_free) struct str left = STR_INIT(4096);

	/* As after a crash between row and change: the row is there, the file is as it was. */
	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	CU_ASSERT_EQUAL(put(j, "/etc/enroll/new", "x"), 0);
	temp_write(&t, "/etc/hostname", "localhost\n", 0640);
	temp_write(&t, "/etc/hostname.enroll-new", "half", 0600);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	reads("/etc/hostname", "localhost\n");
	CU_ASSERT_EQUAL(temp_has(&t, "/etc/hostname.enroll-new"), 0);
	CU_ASSERT_EQUAL(temp_has(&t, "/etc/enroll/new"), 0);
	CU_ASSERT_EQUAL(temp_has(&t, PLACE_BEFORE), 0);
}

static void a_copy_without_its_row_does_not_stay(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(str_free) struct str left = STR_INIT(4096);

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	temp_write(&t, PLACE_BEFORE "/7", "copied, then the power went", 0600);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	as_before();
}

static void somebody_elses_change_is_not_written_over(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(text_free) char *beside = place_path(&t.place, "/etc/hostname.before-enroll");
	autoclean(text_free) char *path = place_path(&t.place, "/etc/hostname");
	autoclean(str_free) struct str left = STR_INIT(4096);
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	CU_ASSERT_EQUAL(put(j, "/etc/hosts", "127.0.0.1 other\n"), 0);
	temp_write(&t, "/etc/hostname", "mine\n", 0644);
	CU_ASSERT_EQUAL(journal_check(j, &(size_t){ 0 }, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_READBACK_DIFFERS);

	CU_ASSERT_EQUAL(journal_undo(j, &left, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_LEFT_PARTLY);
	CU_ASSERT_STRING_EQUAL(str_text(&left), "/etc/hostname");
	reads("/etc/hostname", "mine\n");
	reads("/etc/hostname.before-enroll", "localhost\n");
	CU_ASSERT_EQUAL(journal_count(j), 1);

	/* Still there: still named. Moved over the file: all is as it was. */
	str_clear(&left);
	CU_ASSERT_EQUAL(journal_undo(j, &left, &f), -1);
	CU_ASSERT_STRING_EQUAL(str_text(&left), "/etc/hostname");
	CU_ASSERT_EQUAL(rename(beside, path), 0);
	str_clear(&left);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	as_before();
}

static void a_file_may_be_kept_as_it_is_now(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(text_free) char *beside = place_path(&t.place, "/etc/hostname.before-enroll");
	autoclean(str_free) struct str left = STR_INIT(4096);

	CU_ASSERT_EQUAL(put(j, "/etc/hostname", "lt-0042\n"), 0);
	temp_write(&t, "/etc/hostname", "mine\n", 0644);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), -1);
	CU_ASSERT_EQUAL(unlink(beside), 0);
	str_clear(&left);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	reads("/etc/hostname", "mine\n");
}

static void a_folder_with_something_in_it_stays(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(str_free) struct str left = STR_INIT(4096);

	CU_ASSERT_EQUAL(put(j, "/opt/a/b", "x"), 0);
	temp_write(&t, "/opt/a/theirs", "y", 0644);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, "/opt/a/b"), 0);
	CU_ASSERT_EQUAL(temp_has(&t, "/opt/a/theirs"), 1);
}

static void what_is_no_regular_file_is_left_alone(void)
{
	autoclean(journal_free) struct journal *j = open_journal();
	autoclean(text_free) char *path = place_path(&t.place, "/etc/link");
	uint8_t x = 'x';
	struct bytes data = { &x, 1 };
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(symlink("/etc/passwd", path), 0);
	CU_ASSERT_EQUAL(journal_put(j, "/etc/link", &data, 0644, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_APPLY_FAILED);
	CU_ASSERT_EQUAL(journal_count(j), 0);
}

static void a_root_with_a_link_for_a_folder_is_refused(void)
{
	autoclean(text_free) char *etc = place_path(&t.place, "/etc"),
				  *link = place_path(&t.place, "/usr"),
				  *moved = place_path(&t.place, "/elsewhere");
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(place_check(&t.place, &f), 0);
	CU_ASSERT_EQUAL(symlink("/usr", link), 0);
	CU_ASSERT_EQUAL(place_check(&t.place, &f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_LOCAL_STATE);
	CU_ASSERT_EQUAL(unlink(link), 0);
	CU_ASSERT_EQUAL(rename(etc, moved), 0);
	CU_ASSERT_EQUAL(symlink("elsewhere", etc), 0);
	CU_ASSERT_EQUAL(place_check(&t.place, &f), -1);
	CU_ASSERT_EQUAL(unlink(etc), 0);
	CU_ASSERT_EQUAL(rename(moved, etc), 0);
}

static void a_damaged_journal_is_refused(void)
{
#define AT(path) "[{\"change\":\"file\",\"path\":\"" path "\"}]"
	static const char *const bad[] = { "", "{}", "[{\"change\":\"fire\"}]", "[1]", "[",
		AT("/../etc/shadow"), AT("/etc/enroll/../../../x"), AT("/etc/.."), AT("etc/x"),
		AT(""), AT("/etc/a\\u001bb"), "[{\"change\":\"folder\",\"path\":\"/a/../../b\"}]",
		"[{\"change\":\"command\",\"path\":\"sh\"}]" };
#undef AT

	autoclean(text_free) char *dir = place_path(&t.place, PLACE_BEFORE);

	CU_ASSERT_EQUAL(file_mkdirs(dir, 0700, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct journal *j = NULL;
		struct fail f = FAIL_INIT;

		temp_write(&t, PLACE_BEFORE "/journal.json", bad[i], 0600);
		CU_ASSERT_EQUAL(journal_open(&t.place, &j, &f), -1);
		CU_ASSERT_EQUAL(f.code, ENR_LOCAL_STATE);
		CU_ASSERT_PTR_NULL(j);
	}
}

static int undo_all(struct journal *j)
{
	autoclean(str_free) struct str left = STR_INIT(4096);

	return journal_undo(j, &left, NULL);
}

/* What a command of ours changed, made and left alone: all as before, times included. */
static void files_of_commands_are_put_back(void)
{
	autoclean(journal_free) struct journal *j = open_journal();

	CU_ASSERT_EQUAL(journal_keep(j, "/etc/hosts", NULL), 0);
	CU_ASSERT_EQUAL(journal_keep(j, "/etc/hostname", NULL), 0);
	CU_ASSERT_EQUAL(journal_keep(j, "/etc/made", NULL), 0);
	CU_ASSERT_EQUAL(journal_keep(j, "/etc/never", NULL), 0);
	temp_write(&t, "/etc/hosts", "127.0.0.1 other\n", 0600);
	temp_write(&t, "/etc/hostname", "blank\n", 0600);
	temp_write(&t, "/etc/made", "new\n", 0644);
	for (int i = 0; i < 2; i++) { /* once before and once after it was noted */
		CU_ASSERT_EQUAL(i == 0 || journal_kept(j, "/etc/hosts", NULL) == 0, 1);
		CU_ASSERT_EQUAL(i == 0 || journal_kept(j, "/etc/never", NULL) == 0, 1);
		CU_ASSERT_EQUAL(i == 0 || journal_kept(j, "/etc/made", NULL) == 0, 1);
		CU_ASSERT_EQUAL(undo_all(j), 0);
		as_before();
		journal_free(&j);
		j = open_journal();
		CU_ASSERT_EQUAL(journal_keep(j, "/etc/hosts", NULL), 0);
		CU_ASSERT_EQUAL(journal_keep(j, "/etc/made", NULL), 0);
		CU_ASSERT_EQUAL(journal_keep(j, "/etc/never", NULL), 0);
		temp_write(&t, "/etc/hosts", "127.0.0.1 other\n", 0600);
		temp_write(&t, "/etc/made", "new\n", 0644);
	}
	CU_ASSERT_EQUAL(undo_all(j), 0);
	as_before();
}

/* A command that wrote the same octets again, with another mode and time. */
static void a_kept_file_gets_its_mode_and_time_back(void)
{
	autoclean(journal_free) struct journal *j = open_journal();

	CU_ASSERT_EQUAL(journal_keep(j, "/etc/hostname", NULL), 0);
	temp_write(&t, "/etc/hostname", "localhost\n", 0600);
	CU_ASSERT_EQUAL(journal_kept(j, "/etc/hostname", NULL), 0);
	CU_ASSERT_EQUAL(undo_all(j), 0);
	as_before();
}

/* Noted, and changed by somebody else after: theirs stays. */
static void a_kept_file_somebody_changed_stays(void)
{
	autoclean(journal_free) struct journal *j = open_journal();

	CU_ASSERT_EQUAL(journal_keep(j, "/etc/hosts", NULL), 0);
	temp_write(&t, "/etc/hosts", "ours\n", 0644);
	CU_ASSERT_EQUAL(journal_kept(j, "/etc/hosts", NULL), 0);
	temp_write(&t, "/etc/hosts", "theirs\n", 0644);
	CU_ASSERT_EQUAL(undo_all(j), -1);
	reads("/etc/hosts", "theirs\n");
	CU_ASSERT_EQUAL(temp_has(&t, "/etc/hosts.before-enroll"), 1);
}

static void traces_go_what_was_there_stays(void)
{
	autoclean(journal_free) struct journal *j = open_journal();

	CU_ASSERT_EQUAL(journal_trace(j, "/etc/hosts", NULL), 0);
	CU_ASSERT_EQUAL(journal_trace(j, "/etc/cache", NULL), 0);
	CU_ASSERT_EQUAL(journal_trace(j, "/etc/cache", NULL), 0);
	CU_ASSERT_EQUAL(journal_count(j), 1);
	temp_write(&t, "/etc/cache", "names\n", 0600);
	CU_ASSERT_EQUAL(undo_all(j), 0);
	as_before();
}

static CU_TestInfo tests[] = {
	{ "files of commands are put back", files_of_commands_are_put_back },
	{ "a kept file gets its mode and time back", a_kept_file_gets_its_mode_and_time_back },
	{ "a kept file somebody changed stays", a_kept_file_somebody_changed_stays },
	{ "traces go, what was there stays", traces_go_what_was_there_stays },
	{ "what was changed is put back byte for byte",
		what_was_changed_is_put_back_byte_for_byte },
	{ "a file that is so already is not touched", a_file_that_is_so_already_is_not_touched },
	{ "a changed file keeps owner and mode", a_changed_file_keeps_owner_and_mode },
	{ "a row without its change is undone as nothing",
		a_row_without_its_change_is_undone_as_nothing },
	{ "a copy without its row does not stay", a_copy_without_its_row_does_not_stay },
	{ "somebody else's change is not written over", somebody_elses_change_is_not_written_over },
	{ "a file may be kept as it is now", a_file_may_be_kept_as_it_is_now },
	{ "a folder with something in it stays", a_folder_with_something_in_it_stays },
	{ "what is no regular file is left alone", what_is_no_regular_file_is_left_alone },
	{ "a root with a link for a folder is refused",
		a_root_with_a_link_for_a_folder_is_refused },
	{ "a damaged journal is refused", a_damaged_journal_is_refused },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_journal = {
	.pName = "client/journal", .pSetUpFunc = set_up, .pTearDownFunc = tear_down, .pTests = tests
};
