#include "client/apply.h"

#include <signal.h>
#include <sys/wait.h>

#include "client/check.h"
#include "lib/base/text.h"
#include "tests/unit/client/enrollment_made.h"
#include "tests/unit/client/temp_root.h"
#include "tests/unit/document.h"

static struct temp_root t;
static struct made m;
static struct state state;
static char *before;
static struct say quiet = { .quiet = 1 };

static void set_up(void)
{
	autoclean(str_wipe) struct str pem = STR_INIT(8192);

	temp_root_make(&t);
	before = temp_snapshot(&t);
	made_new(&m);
	made_state(&m, &state);
	pki_key_pem(m.key, NULL, &pem, NULL);
	temp_write(&t, PLACE_KEY, str_text(&pem), 0600);
}

static void tear_down(void)
{
	state_clear(&state);
	made_free(&m);
	text_free(&before);
	temp_root_free(&t);
}

static int apply_now(struct fail *out)
{
	struct fail local = FAIL_INIT, *f = out ? out : &local;
	autoclean(journal_free) struct journal *j = NULL;
	autoclean(apply_clear) struct apply a = { .place = &t.place, .state = &state,
		.document = m.document, .key = m.key, .say = &quiet };

	CU_ASSERT_EQUAL_FATAL(journal_open(&t.place, &j, NULL), 0);
	a.journal = j;
	if (apply_document(&a, f) == 0)
		return 0;
	if (out == NULL)
		printf("\nevidence: %s %s\n", code_name(f->code), f->evidence);
	return -1;
}

/* 0, or -1 with the first of the local checks that is not yes. */
static int check_local(struct fail *f)
{
	struct check all[CHECK_MAX];
	size_t n = check_all(&t.place, &state, CHECK_LOCAL, all);

	for (size_t i = 0; i < n; i++) {
		if (all[i].result == ANSWER_YES)
			continue;
		if (f != NULL)
			*f = all[i].fail;
		return -1;
	}
	return 0;
}

static void leave_now(void)
{
	autoclean(journal_free) struct journal *j = NULL;
	autoclean(str_free) struct str left = STR_INIT(4096);
	autoclean(text_free) char *key = place_path(&t.place, PLACE_KEY);
	autoclean(text_free) char *after = NULL;

	CU_ASSERT_EQUAL_FATAL(journal_open(&t.place, &j, NULL), 0);
	CU_ASSERT_EQUAL(journal_undo(j, &left, NULL), 0);
	unlink(key);
	after = temp_snapshot(&t);
	CU_ASSERT_STRING_EQUAL(after, before);
}

static const char *result_of(const char *section)
{
	for (size_t i = 0; i < json_array_size(state.applied); i++) {
		const json_t *o = json_array_get(state.applied, i);

		if (text_equal(json_string_value(json_object_get(o, "section")), section))
			return json_string_value(json_object_get(o, "result"));
	}
	return "(none)";
}

static void file_is(const char *path, const char *text)
{
	autoclean(bytes_free) struct bytes data = BYTES_INIT;

	temp_read(&t, path, &data);
	CU_ASSERT_STRING_EQUAL((char *)data.data, text);
}

static void json_says(const char *path, const char *field, const char *value)
{
	autoclean(text_free) char *full = place_path(&t.place, path);
	json_t *o = json_load_file(full, 0, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(o);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(o, field)), value);
	json_decref(o);
}

static void the_machine_becomes_what_the_document_says(void)
{
	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	file_is("/etc/hostname", "lt-0042.corp.example\n");
	file_is("/etc/hosts", "127.0.0.1\tlocalhost\n# no newline at the end\n"
			      "127.0.1.1\tlt-0042.corp.example lt-0042\n");
	file_is(PLACE_ENROLLED, "E-4H2X-8RNP\n");
	json_says(PLACE_DM_SERVER, "address", "https://dm.example/omadm");
	json_says(PLACE_DM_SERVER, "name", "DM \"server\"");
	json_says(PLACE_DM_TRUST, "provider_id", "dm.example");
	json_says(PLACE_DOMAIN, "dn", "cn=LT-0042,ou=Sales,dc=corp,dc=example");
	CU_ASSERT_EQUAL(temp_has(&t, PLACE_VPN), 0);
	CU_ASSERT_STRING_EQUAL(result_of("VPN"), "absent");
	CU_ASSERT_STRING_EQUAL(result_of("CertificateStore"), "applied");
	CU_ASSERT_STRING_EQUAL(state.name, "LT-0042");
	CU_ASSERT_STRING_EQUAL(state.enrollment, "E-4H2X-8RNP");
	CU_ASSERT_EQUAL(state.reboot, 0);
	CU_ASSERT_EQUAL(check_local(NULL), 0);
	leave_now();
}

static void a_reboot_is_wanted_exactly_with_the_vpn(void)
{
	made_document(&m, 1);
	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	CU_ASSERT_EQUAL(state.reboot, 1);
	json_says(PLACE_VPN, "gateway", "vpn.example");
	CU_ASSERT_STRING_EQUAL(result_of("VPN"), "applied");
	leave_now();
}

static void applying_twice_is_applying_once(void)
{
	autoclean(text_free) char *once = NULL, *twice = NULL;

	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	once = temp_snapshot(&t);
	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	twice = temp_snapshot(&t);
	CU_ASSERT_STRING_EQUAL(once, twice);
	leave_now();
}

static void unknown_sections_are_reported(void)
{
	wapdoc_parm(wapdoc_characteristic(m.document, "Vendor.Other"), "x", "y");
	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	CU_ASSERT_STRING_EQUAL(result_of("Vendor.Other"), "unknown");
	leave_now();
}

static void the_system_store_only_on_demand(void)
{
	static const char path[] = "/usr/local/share/ca-certificates/enroll-root.crt";

	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, path), 0);
	state.system_trust = 1;
	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	CU_ASSERT_EQUAL(temp_has(&t, path), 1);
	leave_now();
}

/* A document that cannot be used changes nothing. */
static void refused(const char *why)
{
	autoclean(text_free) char *key = place_path(&t.place, PLACE_KEY);
	autoclean(text_free) char *after = NULL;
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(apply_now(&f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_DOCUMENT_INVALID);
	if (strstr(f.evidence, why) == NULL)
		printf("\nevidence: %s\n", f.evidence);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, why));
	unlink(key);
	after = temp_snapshot(&t);
	CU_ASSERT_STRING_EQUAL(after, before);
}

static void a_certificate_for_another_key_is_refused(void)
{
	pki_key_free(&m.key);
	m.key = pki_key_generate(KEY_P256, NULL);
	refused("another key");
}

static void a_root_nobody_vouched_for_is_refused(void)
{
	made_entry(wapdoc_characteristic(m.document, "x"), WAPDOC_STORE_ROOT, &m.ca);
	bytes_set(&state.anchors[0].der, m.ca.data, m.ca.len);
	refused("did not vouch");
}

static void a_second_section_of_a_kind_is_refused(void)
{
	wapdoc_characteristic(m.document, WAPDOC_VPN);
	wapdoc_characteristic(m.document, WAPDOC_VPN);
	refused("twice");
}

static void a_dm_server_that_is_not_set_up_is_not_trusted(void)
{
	struct wapdoc_node *n;

	wapdoc_free(&m.document);
	m.document = wapdoc_new();
	n = wapdoc_characteristic(m.document, WAPDOC_CERTIFICATE_STORE);
	made_entry(n, WAPDOC_STORE_CA, &m.ca);
	made_entry(n, WAPDOC_STORE_MY, &m.device);
	n = wapdoc_characteristic(m.document, WAPDOC_TRUSTED_DM_SERVER);
	wapdoc_parm(n, WAPDOC_PROVIDER_ID, "dm.example");
	wapdoc_parm(n, WAPDOC_ADDR, "https://dm.example/");
	refused("does not set up");
}

static void a_chain_to_another_root_is_refused(void)
{
	struct made other;
	struct fail f = FAIL_INIT;

	made_new(&other);
	bytes_set(&state.anchors[0].der, other.root.data, other.root.len);
	wapdoc_free(&m.document);
	bytes_set(&m.root, other.root.data, other.root.len);
	made_document(&m, 0);
	CU_ASSERT_EQUAL(apply_now(&f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_CHAIN_UNTRUSTED);
	made_free(&other);
}

/* Killed anywhere while it applies: the same again finishes it, and leave restores it. */
static void killed_anywhere_it_goes_on(void)
{
	for (int us = 0; us < 6000; us += 250) {
		pid_t child = fork();

		if (child == 0) {
			apply_now(NULL);
			_exit(0);
		}
		usleep((useconds_t)us);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		if (us % 500 == 0) {
			CU_ASSERT_EQUAL(apply_now(NULL), 0);
			CU_ASSERT_EQUAL(check_local(NULL), 0);
		}
		leave_now();
		tear_down();
		set_up();
	}
}

/* What is not known is passed over; of what is, a second one is refused. */
static void every_section_that_is_written_is_known(void)
{
	autoclean(document_free) struct document d;
	char cell[DOCUMENT_CELLS][DOCUMENT_CELL_MAX];

	document_open(&d, "docs/PROVISIONING.md", "## Sections, in order");
	while (document_row(&d, cell)) {
		char *at = cell[0], *type = document_word(&at);
		struct fail f = FAIL_INIT;

		wapdoc_characteristic(m.document, type);
		wapdoc_characteristic(m.document, type);
		CU_ASSERT_EQUAL(apply_now(&f), -1);
		tear_down();
		set_up();
	}
}

static void a_change_since_is_seen(void)
{
	struct fail f = FAIL_INIT;

	CU_ASSERT_EQUAL(apply_now(NULL), 0);
	temp_write(&t, PLACE_DM_SERVER, "{}\n", 0644);
	CU_ASSERT_EQUAL(check_local(&f), -1);
	CU_ASSERT_EQUAL(f.code, ENR_READBACK_DIFFERS);
	CU_ASSERT_PTR_NOT_NULL(strstr(f.evidence, PLACE_DM_SERVER));
}

static CU_TestInfo tests[] = {
	{ "the machine becomes what the document says",
		the_machine_becomes_what_the_document_says },
	{ "a reboot is wanted exactly with the VPN", a_reboot_is_wanted_exactly_with_the_vpn },
	{ "applying twice is applying once", applying_twice_is_applying_once },
	{ "unknown sections are reported", unknown_sections_are_reported },
	{ "the system store only on demand", the_system_store_only_on_demand },
	{ "a certificate for another key is refused", a_certificate_for_another_key_is_refused },
	{ "a root nobody vouched for is refused", a_root_nobody_vouched_for_is_refused },
	{ "a second section of a kind is refused", a_second_section_of_a_kind_is_refused },
	{ "a DM server that is not set up is not trusted",
		a_dm_server_that_is_not_set_up_is_not_trusted },
	{ "a chain to another root is refused", a_chain_to_another_root_is_refused },
	{ "every section that is written is known", every_section_that_is_written_is_known },
	{ "killed anywhere it goes on", killed_anywhere_it_goes_on },
	{ "a change since is seen", a_change_since_is_seen },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_client_apply = { .pName = "client/apply", .pSetUpFunc = set_up,
	.pTearDownFunc = tear_down, .pTests = tests };
