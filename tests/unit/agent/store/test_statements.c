/* No statement but those that list may cost more the more records there are. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "agent/store/store_statements.h"
#include "lib/base/clean.h"
#include "tests/unit/agent/store/fixture.h"
#include "tests/unit/cunit.h"

/* Indexes that hold only what is left to do: to walk them from their begin is no matter. */
static const char *const short_indexes[] = { "record_unfinished", "attempt_stray",
	"todo_record" };

static int is_bounded(const char *detail)
{
	if (strncmp(detail, "SCAN ", 5) != 0)
		return 1;
	if (strstr(detail, "(subquery") || strstr(detail, "CONSTANT ROW"))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(short_indexes); i++) {
		if (strstr(detail, short_indexes[i]))
			return 1;
	}
	return 0;
}

/* The number of steps of the plan, or -1 if SQLite refuses the statement. */
static int explain(sqlite3 *db, const char *text, int *bounded)
{
	char sql[4096];
	sqlite3_stmt *stmt = NULL;
	int n = 0;

	*bounded = 1;
	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", text);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return -1;
	for (; sqlite3_step(stmt) == SQLITE_ROW; n++) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);

		if (!is_bounded(detail))
			*bounded = 0;
	}
	sqlite3_finalize(stmt);
	return n;
}

static void test_plans(void)
{
	struct fixture x;
	char path[64];
	sqlite3 *db = NULL;
	int bounded;

	store_fixture_open(&x);
	snprintf(path, sizeof(path), "%s/store.sqlite", x.dir);
	CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
	for (size_t i = 0; i < SQL_COUNT; i++) {
		const struct store_statement *s = &store_statements[i];

		CU_ASSERT_PTR_NOT_NULL_FATAL(s->text);
		CU_ASSERT(explain(db, s->text, &bounded) >= 0);
		CU_ASSERT(bounded || s->lists);
		if (!bounded && !s->lists)
			printf("\n%s\n", s->text);
	}
	/* The test can fail. */
	CU_ASSERT(explain(db, "SELECT 1 FROM record WHERE description = 'x'", &bounded) > 0);
	CU_ASSERT(!bounded);
	CU_ASSERT(explain(db, "SELECT 1 FROM record WHERE id = 'x'", &bounded) > 0);
	CU_ASSERT(bounded);
	sqlite3_close(db);
	store_fixture_close(&x);
}

static CU_TestInfo tests[] = {
	{ "every statement but the lists goes by an index", test_plans },
	CU_TEST_INFO_NULL,
};
CU_SuiteInfo suite_agent_store_statements = { "agent/store/statements", NULL, NULL, NULL, NULL,
	tests };
