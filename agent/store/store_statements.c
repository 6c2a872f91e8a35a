#include "agent/store/store_statements.h"

#include "agent/store/store.h"

/* In the order of store_record_get. */
#define RECORD_COLUMNS \
	"record.id, record.state, record.identity, record.name, record.fqdn, record.ou_dn, " \
	"record.ou_guid, record.owner_dn, record.profile, record.vpn, record.serial, " \
	"record.description, record.dialects, record.order_key, record.groups, " \
	"record.take_guid, record.take_mark, record.take_record, record.created_by, " \
	"record.created, record.not_before, record.expires, record.failed_tries, record.epoch, " \
	"record.nonce, record.spki_sha256, record.claimed_at, record.cert_serial, " \
	"record.cert_not_before, record.cert_not_after, record.object_dn, record.object_guid, " \
	"record.object_server, record.object_account, record.object_sid, " \
	"record.object_key_version, record.finished_at, record.ended_at, record.last_code, " \
	"record.last_phase, record.last_detail, record.last_attempt, record.last_at"
#define CERT_COLUMNS                                                                               \
	"serial, record, name, state, reason, not_before, not_after, revoked_at, der"
#define ATTEMPT_COLUMNS "id, time, address, identity, client, record, code, phase, detail"
#define TODO_COLUMNS                                                                               \
	"todo.seq, todo.record, record.name, todo.work, todo.since, todo.due, todo.tries, "        \
	"todo.code, todo.detail FROM todo CROSS JOIN record ON record.id = todo.record"
#define CLAIMED_BY \
	"(SELECT attempt FROM event WHERE record = ?1 AND event = 'claimed' " \
	"ORDER BY seq DESC LIMIT 1)"
#define EVENT_COLUMNS "seq, time, event, by, attempt, note, detail, code, record"
/* What the steps of an enrollment are conditional on: ?1 id, ?2 epoch, ?3 nonce. */
#define OF_CLAIM " WHERE id = ?1 AND epoch = ?2 AND nonce = ?3 AND state "

/* What a record that is open does to its name: ?n or column of take_record. */
#define HELD(take_record) "CASE WHEN " take_record " IS NULL THEN 1 ELSE 2 END"

/* States stand in the statements and in partial indexes as numbers. */
_Static_assert(RECORD_PENDING == 1 && RECORD_CLAIMED == 2 && RECORD_ISSUED == 3 &&
		RECORD_UNCERTAIN == 4 && RECORD_ENROLLED == 5 && RECORD_DISABLED == 6 &&
		RECORD_REPLACED == 10,
	"states of records as the store has them");
_Static_assert(CERT_UNRELEASED == 0 && CERT_VALID == 1 && CERT_HELD == 2 && CERT_REVOKED == 3,
	"states of certificates as the store has them");

const struct store_statement store_statements[SQL_COUNT] = {
	[SQL_BEGIN] = { "BEGIN IMMEDIATE", 0 },
	[SQL_COMMIT] = { "COMMIT", 0 },
	[SQL_ROLLBACK] = { "ROLLBACK", 0 },

	[SQL_META_GET] = { "SELECT value FROM meta WHERE name = ?1", 0 },
	[SQL_META_SET] = { "INSERT INTO meta (name, value) VALUES (?1, ?2) "
			   "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
		0 },
	[SQL_ANY_RECORD] = { "SELECT 1 FROM record LIMIT 1", 1 },

	/* --- pre-enrollment --- */
	[SQL_RECORD_ADD] = { "INSERT INTO record (id, state, held, identity, name, fqdn, ou_guid, "
			     "owner_dn, profile, vpn, serial, dialects, not_before, expires, "
			     "selector, key_id, "
			     "sealed_root, wipe_at, ou_dn, description, order_key, created_by, "
			     "created, groups, take_guid, take_mark, take_record) "
			     "VALUES (?1, 1, " HELD("?25")
			     ", ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
			     "?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)",
		0 },
	[SQL_ID_TAKEN] = { "SELECT 1 FROM record WHERE id = ?1", 0 },
	[SQL_HOLDER] = { "SELECT id, state, expires FROM record "
			 "WHERE name = ?1 COLLATE NOCASE AND held <> 0 AND id IS NOT ?2 "
			 "AND id IS NOT ?3 LIMIT 1",
		0 },
	[SQL_LET_GO] = { "UPDATE record SET held = 0, ended_at = ?2 WHERE id = ?1", 0 },
	[SQL_OPEN_PENDING] = { "SELECT count(*) FROM (SELECT 1 FROM record WHERE identity = ?1 "
			       "AND state = 1 AND expires > ?2 LIMIT ?3)",
		0 },
	[SQL_OPEN_WORKING] = { "SELECT count(*) FROM (SELECT 1 FROM record WHERE identity = ?1 "
			       "AND state IN (2, 3, 4) LIMIT ?2)",
		0 },
	[SQL_SEALED] = { "SELECT key_id, sealed_root FROM record WHERE id = ?1", 0 },
	[SQL_RESEAL] = { "UPDATE record SET state = 1, held = " HELD(
				 "take_record") ", expires = ?2, selector = ?3, "
						"key_id = ?4, sealed_root = ?5, wipe_at = ?6, "
						"ended_at = 0 WHERE id = ?1",
		0 },
	[SQL_EXTENDED] = { "UPDATE record SET held = " HELD(
				   "take_record") ", expires = ?2, key_id = ?3, sealed_root = "
						  "?4, "
						  "wipe_at = ?5, ended_at = 0 WHERE id = ?1 AND "
						  "state = 1",
		0 },
	[SQL_ENDED] = { "UPDATE record SET state = ?2, held = 0, ended_at = ?3, wipe_at = ?4 "
			"WHERE id = ?1 AND state = ?5",
		0 },

	/* --- look-up --- */
	[SQL_RECORD_BY_ID] = { "SELECT " RECORD_COLUMNS " FROM record WHERE id = ?1", 0 },
	[SQL_RECORD_BY_SELECTOR] = { "SELECT " RECORD_COLUMNS ", key_id, sealed_root FROM record "
				     "WHERE selector = ?1",
		0 },
	[SQL_RECORD_BY_NAME] = { "SELECT " RECORD_COLUMNS " FROM record "
				 "WHERE name = ?1 COLLATE NOCASE ORDER BY seq DESC LIMIT 1",
		0 },
	[SQL_EXPECTED] = { "SELECT 1 FROM record WHERE identity = ?1 AND state = 1 "
			   "AND expires > ?2 LIMIT 1",
		0 },
	[SQL_WORKING] = { "SELECT 1 FROM record WHERE identity = ?1 AND state IN (2, 3, 4) LIMIT 1",
		0 },
	[SQL_MATCH] = { "SELECT " RECORD_COLUMNS " FROM record WHERE seq IN ("
			"SELECT seq FROM record WHERE id = ?1 "
			"UNION SELECT seq FROM record WHERE name = ?2 COLLATE NOCASE "
			"UNION SELECT seq FROM record WHERE identity = ?3 "
			"UNION SELECT seq FROM record WHERE serial = ?2 COLLATE NOCASE "
			"UNION SELECT r.seq FROM cert CROSS JOIN record AS r ON r.id = cert.record "
			"WHERE cert.serial = ?4 "
			"UNION SELECT r.seq FROM attempt AS a CROSS JOIN record AS r ON r.id = "
			"a.record "
			"WHERE a.id = ?5 "
			"UNION SELECT r.seq FROM attempt AS a CROSS JOIN record AS r ON r.id = "
			"a.record "
			"WHERE a.address = ?6"
			") ORDER BY seq DESC LIMIT ?7",
		0 },
	/* ?1 a state or 0, ?2 the other state it stands for; ?3 1: unexpired, 2: expired; ?4 now;
	 * ?5 OU; ?6 identity; ?7 only failed; ?8 since; ?9 certificate ends before; ?10 limit. */
	[SQL_SELECT] = { "SELECT " RECORD_COLUMNS " FROM record "
			 "WHERE (?1 = 0 OR state IN (?1, ?2)) "
			 "AND (?3 = 0 OR (?3 = 1) = (expires > ?4)) "
			 "AND (?5 IS NULL OR lower(ou_dn) = lower(?5) "
			 "OR lower(substr(ou_dn, -length(?5) - 1)) = ',' || lower(?5)) "
			 "AND (?6 IS NULL OR identity = ?6) "
			 "AND (?7 = 0 OR last_code <> 0) AND created >= ?8 "
			 "AND (?9 = 0 OR (state IN (5, 6) AND cert_not_after < ?9)) "
			 "ORDER BY seq DESC LIMIT ?10",
		1 },
	[SQL_COUNTS] = { "SELECT state, count(*) FROM record GROUP BY state", 1 },
	[SQL_COUNT_EXPIRED] = { "SELECT count(*) FROM record WHERE state = 1 AND expires <= ?1",
		1 },

	/* --- one enrollment --- */
	[SQL_CLAIM] = { "UPDATE record SET state = 2, epoch = epoch + 1, nonce = ?2, "
			"spki_sha256 = ?3, claimed_at = ?4, cert_serial = ?5, cert_not_before = "
			"?6, "
			"cert_not_after = ?7, object_dn = NULL, object_guid = NULL, object_server "
			"= ?8, object_account = NULL, object_sid = NULL, object_key_version = 0, "
			"wipe_at = NULL WHERE id = ?1 AND state = 1 AND expires > ?4",
		0 },
	[SQL_SENDING] = { "UPDATE record SET object_server = ?4" OF_CLAIM "IN (2, 3, 4)", 0 },
	[SQL_ISSUED] = { "UPDATE record SET state = 3" OF_CLAIM "IN (2, 4)", 0 },
	[SQL_UNCERTAIN] = { "UPDATE record SET state = 4, object_server = ?4" OF_CLAIM
			    "IN (2, 3, 4)",
		0 },
	[SQL_RELEASE] = { "UPDATE record SET state = 1, claimed_at = 0, object_dn = NULL, "
			  "object_guid = NULL, object_server = NULL, object_account = NULL, "
			  "object_sid = NULL, object_key_version = 0, wipe_at = expires + "
			  "?4" OF_CLAIM "IN (2, 3, 4)",
		0 },
	[SQL_JOINED] = { "UPDATE record SET state = CASE WHEN EXISTS (SELECT 1 FROM cert "
			 "WHERE serial = hex(record.cert_serial) AND cert.record = record.id "
			 "AND cert.state < 3) THEN 3 ELSE 2 END, object_dn = ?4, "
			 "object_guid = ?5, object_server = ?6, object_account = ?7, "
			 "object_sid = ?8, object_key_version = ?9" OF_CLAIM "IN (2, 3, 4)",
		0 },
	[SQL_FINISH] = { "UPDATE record SET state = 5, held = CASE WHEN EXISTS (SELECT 1 FROM "
			 "record AS h WHERE h.name = record.name COLLATE NOCASE AND h.held = 1 "
			 "AND h.id <> record.id) THEN held ELSE 1 END, finished_at = ?4, wipe_at = "
			 "?5, "
			 "last_code = 0, last_phase = NULL, last_detail = NULL, "
			 "last_attempt = NULL, last_at = 0" OF_CLAIM "= 3",
		0 },
	[SQL_SET_STATE] = { "UPDATE record SET state = ?2, held = ?3, ended_at = ?4 "
			    "WHERE id = ?1 AND state = ?5",
		0 },
	[SQL_TODO_ADD] = { "INSERT INTO todo (record, work, since) VALUES (?1, ?2, ?3) "
			   "ON CONFLICT (record, work) DO NOTHING",
		0 },
	[SQL_TODO_DROP] = { "DELETE FROM todo WHERE record = ?1 AND (?2 & (1 << work)) <> 0", 0 },
	[SQL_TODO_DONE] = { "DELETE FROM todo WHERE seq = ?1", 0 },
	[SQL_TODO_FAILED] = { "UPDATE todo SET tries = tries + 1, due = ?2, code = ?3, detail = ?4 "
			      "WHERE seq = ?1",
		0 },
	[SQL_TODO_ALL] = { "SELECT " TODO_COLUMNS " ORDER BY todo.seq LIMIT ?1", 1 },
	[SQL_TODO_OF] = { "SELECT " TODO_COLUMNS " WHERE todo.record = ?2 ORDER BY todo.seq "
			  "LIMIT ?1",
		0 },
	[SQL_TODO_DUE] = { "SELECT " TODO_COLUMNS " WHERE todo.due <= ?1 AND todo.seq = "
			   "(SELECT min(t.seq) FROM todo AS t WHERE t.record = todo.record) "
			   "ORDER BY todo.tries, todo.seq LIMIT ?2",
		1 },
	[SQL_AWAITING] = { "SELECT n.id, n.state, n.expires FROM record AS o "
			   "CROSS JOIN record AS n ON n.name = o.name COLLATE NOCASE "
			   "AND n.held <> 0 AND n.held = 2 AND n.take_record = o.id "
			   "WHERE o.id = ?1 LIMIT 1",
		0 },
	[SQL_UNFINISHED] = { "SELECT " RECORD_COLUMNS " FROM record WHERE state IN (2, 3, 4) "
			     "ORDER BY claimed_at LIMIT ?1",
		0 },
	[SQL_DISCARD] = { "UPDATE record SET state = CASE state WHEN 3 THEN 2 ELSE state END, "
			  "cert_serial = ?4" OF_CLAIM "IN (2, 3, 4)",
		0 },
	[SQL_TAKEN_OVER] = { "UPDATE record SET held = 0, ended_at = CASE WHEN ended_at = 0 "
			     "THEN ?3 ELSE ended_at END, state = CASE WHEN state IN (5, 6) "
			     "THEN ?2 ELSE state END WHERE id = ?1",
		0 },
	[SQL_REMARK] = { "UPDATE record SET take_mark = ?2, key_id = ?3, sealed_root = ?4 "
			 "WHERE id = ?1",
		0 },
	[SQL_MACHINE_SET] = { "INSERT INTO machine (record, key_id, sealed) VALUES (?1, ?2, ?3) "
			      "ON CONFLICT (record) DO UPDATE SET key_id = ?2, sealed = ?3",
		0 },
	[SQL_MACHINE_GET] = { "SELECT key_id, sealed FROM machine WHERE record = ?1", 0 },
	[SQL_MACHINE_DROP] = { "DELETE FROM machine WHERE record = ?1", 0 },
	[SQL_DOCUMENT_SET] = { "INSERT INTO document (record, key_id, sealed, wipe_at) "
			       "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (record) DO UPDATE SET key_id "
			       "= ?2, "
			       "sealed = ?3, wipe_at = ?4",
		0 },
	[SQL_DOCUMENT_GET] = { "SELECT key_id, sealed FROM document WHERE record = ?1", 0 },
	[SQL_DOCUMENT_DROP] = { "DELETE FROM document WHERE record = ?1", 0 },
	[SQL_DOCUMENT_WIPE] = { "DELETE FROM document WHERE record IN "
				"(SELECT record FROM document WHERE wipe_at <= ?1 ORDER BY wipe_at "
				"LIMIT ?2)",
		0 },

	/* --- attempts --- */
	[SQL_LAST_FAILURE] = { "UPDATE record SET last_code = ?2, last_phase = ?3, last_detail = "
			       "?4, "
			       "last_attempt = ?5, last_at = ?6 WHERE id = ?1",
		0 },
	[SQL_FAILED_TRY] = { "UPDATE record SET failed_tries = failed_tries + 1 WHERE id = ?1", 0 },
	[SQL_ATTEMPT_GET] = { "SELECT code, record FROM attempt WHERE id = ?1", 0 },
	[SQL_ATTEMPT_SET] = { "INSERT INTO attempt (" ATTEMPT_COLUMNS ") "
			      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO "
			      "UPDATE SET "
			      "identity = ?4, client = ?5, record = coalesce(?6, record), code = "
			      "?7, phase = ?8, "
			      "detail = ?9",
		0 },
	[SQL_STRAYS] = { "SELECT count(*) FROM attempt WHERE record IS NULL", 1 },
	[SQL_STRAYS_DROP] = { "DELETE FROM attempt WHERE seq IN (SELECT seq FROM attempt "
			      "WHERE record IS NULL ORDER BY seq LIMIT ?1)",
		0 },
	/* ?1 a record, ?2 how many stay; the one that claimed it does. */
	[SQL_TRIES_DROP] = { "DELETE FROM attempt WHERE seq IN (SELECT seq FROM attempt "
			     "WHERE record = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2) "
			     "AND id IS NOT " CLAIMED_BY,
		0 },
	[SQL_ATTEMPTS] = { "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE seq IN ("
			   "SELECT seq FROM attempt WHERE id = ?1 "
			   "UNION SELECT seq FROM attempt WHERE address = ?2 "
			   "UNION SELECT seq FROM attempt WHERE identity = ?2 "
			   "UNION SELECT seq FROM attempt WHERE record = ?3"
			   ") AND time >= ?4 ORDER BY seq DESC LIMIT ?5",
		0 },
	[SQL_ATTEMPTS_SINCE] = { "SELECT " ATTEMPT_COLUMNS " FROM attempt WHERE time >= ?1 "
				 "ORDER BY seq DESC LIMIT ?2",
		1 },

	/* --- story --- */
	[SQL_EVENT_ADD] = { "INSERT INTO event (time, record, event, by, attempt, note, detail, "
			    "code) "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
		0 },
	/* The same of lines that requests of a device caused; how it enrolled stays. */
	[SQL_TOLD_DROP] = { "DELETE FROM event WHERE seq IN (SELECT seq FROM event "
			    "WHERE record = ?1 AND attempt IS NOT NULL AND by IS NULL "
			    "ORDER BY seq DESC LIMIT -1 OFFSET ?2) "
			    "AND (attempt IS NOT " CLAIMED_BY " OR seq > (SELECT max(seq) FROM "
			    "event WHERE record = ?1 AND event IN ('claimed', 'enrolled')))",
		0 },
	[SQL_EVENTS_OF] = { "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event WHERE record = ?1 "
			    "AND time >= ?2 ORDER BY seq DESC LIMIT ?3) ORDER BY seq",
		0 },
	[SQL_EVENTS] = { "SELECT * FROM (SELECT " EVENT_COLUMNS " FROM event WHERE time >= ?1 "
			 "ORDER BY seq DESC LIMIT ?2) ORDER BY seq",
		1 },

	/* --- certificates --- */
	[SQL_CERT_ADD] = { "INSERT INTO cert (serial, record, name, state, not_before, not_after, "
			   "der) "
			   "VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)",
		0 },
	[SQL_CERT_OF] = { "SELECT " CERT_COLUMNS " FROM cert WHERE serial = ?1 AND record = ?2",
		0 },
	[SQL_CERT_BY_SERIAL] = { "SELECT " CERT_COLUMNS " FROM cert WHERE serial = ?1", 0 },
	[SQL_CERT_STATE] = { "SELECT state FROM cert WHERE serial = ?1 AND record = ?2", 0 },
	[SQL_CERT_SAME] = { "SELECT record = ?2 AND (?3 IS NULL OR der = ?3) FROM cert "
			    "WHERE serial = ?1",
		0 },
	[SQL_CERTS_OF] = { "SELECT " CERT_COLUMNS " FROM cert WHERE record = ?1 "
			   "ORDER BY not_before",
		0 },
	[SQL_CERTS_REVOKED] = { "SELECT " CERT_COLUMNS " FROM cert WHERE state IN (2, 3) "
				"AND not_after > ?1 ORDER BY not_after",
		1 },
	[SQL_CERTS_ALL] = { "SELECT " CERT_COLUMNS " FROM cert ORDER BY not_before", 1 },
	[SQL_CERT_RELEASE] = { "UPDATE cert SET state = 1 "
			       "WHERE serial = ?1 AND record = ?2 AND state IN (0, 1)",
		0 },
	[SQL_CERTS_REVOKE] = { "UPDATE cert SET state = 3, reason = ?2, revoked_at = ?3 "
			       "WHERE record = ?1 AND (?4 & (1 << state)) <> 0",
		0 },
	[SQL_CERTS_MOVE] = { "UPDATE cert SET state = ?2, reason = ?3, revoked_at = ?4 "
			     "WHERE record = ?1 AND state = ?5",
		0 },

	/* --- wiping --- */
	[SQL_WIPE_DUE] = { "SELECT id FROM record WHERE selector IS NOT NULL "
			   "AND wipe_at IS NOT NULL AND wipe_at <= ?1 ORDER BY wipe_at LIMIT ?2",
		0 },
	[SQL_WIPE] = { "UPDATE record SET selector = NULL, key_id = ?3, sealed_root = ?4, "
		       "wipe_at = NULL, held = CASE WHEN state = 1 THEN 0 ELSE held END, "
		       "ended_at = CASE WHEN ended_at = 0 THEN ?2 ELSE ended_at END "
		       "WHERE id = ?1",
		0 },
};
