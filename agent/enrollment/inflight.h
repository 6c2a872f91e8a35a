/* Which enrollments are under way in this process, and which records must rest before their object
 * is looked for. One run at a time for a record and key; the claim itself, not this table, decides
 * between keys. Thread-safe. */
#ifndef AGENT_ENROLLMENT_INFLIGHT_H
#define AGENT_ENROLLMENT_INFLIGHT_H

#include <stddef.h>
#include <stdint.h>

struct inflight;

struct inflight *inflight_new(void);
void inflight_free(struct inflight **t);

/* 1: entered, leave it when done; 0: this key of this record is under way. */
int inflight_enter(struct inflight *t, const char *record, const uint8_t spki_sha256[32]);
void inflight_leave(struct inflight *t, const char *record, const uint8_t spki_sha256[32]);

/* An operation whose answer was lost: its object is not to be looked for before `until`
 * (clock_mono_ms), for until then the directory may still be carrying it out. */
void inflight_rest(struct inflight *t, const char *record, int64_t until);
/* Milliseconds until the record may be looked for; 0: now. */
int64_t inflight_resting(struct inflight *t, const char *record);

#endif
