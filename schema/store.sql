-- The store of enrolld, version 1 (PRAGMA user_version).  Times are seconds since the epoch, 0 is
-- "not yet".  States are those of enum record_state and enum cert_state (agent/store/store.h).

CREATE TABLE meta (
	name  TEXT PRIMARY KEY,   -- clock, crl_number, sealing_key
	value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE record (
	seq             INTEGER PRIMARY KEY,
	id              TEXT NOT NULL UNIQUE,           -- E-XXXX-XXXX
	state           INTEGER NOT NULL,
	held            INTEGER NOT NULL,               -- 1: no other record may take the name;
	                                                -- 2: waits to take it over (take_record)
	-- what decides; sealed together with the password's root, but for the columns behind it
	identity        TEXT NOT NULL,
	name            TEXT NOT NULL,
	fqdn            TEXT NOT NULL,
	ou_guid         TEXT NOT NULL,
	owner_dn        TEXT,
	profile         TEXT NOT NULL,
	vpn             INTEGER NOT NULL,
	serial          TEXT,
	dialects        TEXT NOT NULL,
	groups          TEXT,                           -- DNs, one a line
	take_guid       TEXT,                           -- the object to take over
	take_mark       TEXT,                           -- what it carries until then
	take_record     TEXT REFERENCES record (id),    -- what ends when this one is finished
	not_before      INTEGER NOT NULL,
	expires         INTEGER NOT NULL,
	selector        BLOB UNIQUE,                    -- NULL: forgotten
	key_id          TEXT,
	sealed_root     BLOB,                           -- all zero within when forgotten
	wipe_at         INTEGER,                        -- when that will be; NULL: not yet known
	ou_dn           TEXT NOT NULL,
	description     TEXT,
	order_key       TEXT,
	created_by      TEXT NOT NULL,
	created         INTEGER NOT NULL,
	failed_tries    INTEGER NOT NULL DEFAULT 0,
	-- the claim
	epoch           INTEGER NOT NULL DEFAULT 0,
	nonce           BLOB,
	spki_sha256     BLOB,
	claimed_at      INTEGER NOT NULL DEFAULT 0,
	cert_serial     BLOB,
	cert_not_before INTEGER NOT NULL DEFAULT 0,
	cert_not_after  INTEGER NOT NULL DEFAULT 0,
	object_dn       TEXT,
	object_guid     TEXT,
	object_server   TEXT,
	object_account  TEXT,
	object_sid      TEXT,
	object_key_version INTEGER NOT NULL DEFAULT 0,
	finished_at     INTEGER NOT NULL DEFAULT 0,
	ended_at        INTEGER NOT NULL DEFAULT 0,
	-- the last failure
	last_code       INTEGER NOT NULL DEFAULT 0,
	last_phase      TEXT,
	last_detail     TEXT,
	last_attempt    TEXT,
	last_at         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX record_holder ON record (name COLLATE NOCASE, held) WHERE held <> 0;
CREATE INDEX record_name ON record (name COLLATE NOCASE, seq);
CREATE INDEX record_pending ON record (identity, expires) WHERE state = 1;
CREATE INDEX record_working ON record (identity) WHERE state IN (2, 3, 4);
CREATE INDEX record_unfinished ON record (claimed_at) WHERE state IN (2, 3, 4);
CREATE INDEX record_identity ON record (identity, seq);
CREATE INDEX record_serial ON record (serial COLLATE NOCASE) WHERE serial IS NOT NULL;
CREATE INDEX record_state ON record (state, expires);
CREATE INDEX record_wipe ON record (wipe_at) WHERE selector IS NOT NULL AND wipe_at IS NOT NULL;

CREATE TABLE document (
	record  TEXT PRIMARY KEY REFERENCES record (id),
	key_id  TEXT NOT NULL,
	sealed  BLOB NOT NULL,
	wipe_at INTEGER NOT NULL
) STRICT;
CREATE INDEX document_wipe ON document (wipe_at);

-- The machine password of a claim, until its document is sealed or the claim is taken back.
CREATE TABLE machine (
	record  TEXT PRIMARY KEY REFERENCES record (id),
	key_id  TEXT NOT NULL,
	sealed  BLOB NOT NULL
) STRICT;

-- What the directory has still to be told of a record: enum todo_work (agent/store/store_todo.h).
CREATE TABLE todo (
	seq     INTEGER PRIMARY KEY AUTOINCREMENT,      -- in the order it was decided
	record  TEXT NOT NULL REFERENCES record (id),
	work    INTEGER NOT NULL,
	since   INTEGER NOT NULL,
	due     INTEGER NOT NULL DEFAULT 0,             -- not to be tried before
	tries   INTEGER NOT NULL DEFAULT 0,
	code    INTEGER NOT NULL DEFAULT 0,             -- of the last try
	detail  TEXT,
	UNIQUE (record, work)
) STRICT;
CREATE INDEX todo_record ON todo (record, seq);

CREATE TABLE cert (
	serial      TEXT PRIMARY KEY,                   -- upper-case hex
	record      TEXT NOT NULL REFERENCES record (id),
	name        TEXT NOT NULL,
	state       INTEGER NOT NULL,
	reason      INTEGER NOT NULL DEFAULT 0,         -- RFC 5280 section 5.3.1
	not_before  INTEGER NOT NULL,
	not_after   INTEGER NOT NULL,
	revoked_at  INTEGER NOT NULL DEFAULT 0,
	der         BLOB NOT NULL
) STRICT;
CREATE INDEX cert_record ON cert (record);
CREATE INDEX cert_revoked ON cert (not_after) WHERE state IN (2, 3);

CREATE TABLE attempt (
	seq      INTEGER PRIMARY KEY,
	id       TEXT NOT NULL UNIQUE,                  -- A-XXXX-XXXX
	time     INTEGER NOT NULL,
	address  TEXT NOT NULL,
	identity TEXT NOT NULL,
	client   TEXT NOT NULL,
	record   TEXT REFERENCES record (id),           -- NULL: of nobody we expect
	code     INTEGER NOT NULL,
	phase    TEXT,
	detail   TEXT
) STRICT;
CREATE INDEX attempt_address ON attempt (address, seq);
CREATE INDEX attempt_identity ON attempt (identity, seq);
CREATE INDEX attempt_record ON attempt (record, seq);
CREATE INDEX attempt_stray ON attempt (seq) WHERE record IS NULL;

CREATE TABLE event (
	seq     INTEGER PRIMARY KEY AUTOINCREMENT,
	time    INTEGER NOT NULL,
	record  TEXT REFERENCES record (id),
	event   TEXT NOT NULL,
	by      TEXT,                                   -- NULL: the agent
	attempt TEXT,
	note    TEXT,
	detail  TEXT,
	code    INTEGER NOT NULL
) STRICT;
CREATE INDEX event_record ON event (record, seq);
