/* Shared by agent/commands.c and agent/command_*.c alone: how a DEVICE is found, how the documents
 * are built (docs/CONTROL.md). */
#ifndef AGENT_COMMAND_PRIVATE_H
#define AGENT_COMMAND_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "agent/command_input.h"
#include "agent/commands.h"

#define COMMAND_MATCH_MAX 100
#define COMMAND_LIST_MAX 100000

const struct command_context *command_context(const struct control_call *call);

/* --- devices: command_find.c ----------------------------------------------------------------- */

/* A device that is being re-imaged has two records that go on: which of them is meant. */
enum find { FIND_MEMBER, FIND_PASSWORD };
/* Every record that matches and that the caller may see; ENR_DEVICE_NOT_FOUND if there is none. */
int serve_match(
	struct control_call *call, const char *text, struct store_list *list, struct fail *f);
/* Exactly one device for a command that changes it, within the caller's limits.
 * ENR_DEVICE_NOT_FOUND, ENR_DEVICE_AMBIGUOUS (details.items), ENR_NOT_PERMITTED. Several records of
 * one name: the one whose story is not over. */
int serve_find(struct control_call *call, const char *text, enum find which,
	struct store_record *out, struct fail *f);
/* Within the caller's limits? */
int serve_sees(const struct control_call *call, const struct store_record *r);
/* May the caller add a device of this name in that OU (as a person writes it)? */
int serve_may_add(
	struct control_call *call, const char *ou, const char *name, struct fail *f);

/* --- documents: command_document.c ----------------------------------------------------------- */

json_t *document_time(int64_t t); /* null for 0 */
json_t *document_text(const char *t); /* null for NULL and "" */
/* A code and its word into o; null, null for ENR_NONE. */
void document_code(json_t *o, enum code code);
json_t *document_list(const char *kind, json_t *items); /* takes items */
/* The document of kind "device". NULL and f if the store cannot tell. */
json_t *document_device(struct control_call *call, const struct store_record *r, struct fail *f);
/* Adds the story. */
int document_add_events(
	struct control_call *call, json_t *doc, const struct store_record *r, struct fail *f);
/* "changed", "dry_run". */
void document_change(json_t *doc, int changed, int dry);
/* The word of a CRL reason (RFC 5280 section 5.3.1). */
const char *document_reason(int reason);
json_t *document_certificate(const struct store_cert *c);
json_t *document_event(const struct store_event *e);
/* Who failed too often and has to wait: network and wait_s of each; null if no front says. */
json_t *document_throttles(struct control_call *call);
json_t *document_attempt(struct control_call *call, const struct store_attempt *a);

/* --- the commands ---------------------------------------------------------------------------- */

control_run serve_device_add, serve_device_reissue, serve_device_extend,
	serve_device_cancel;
control_run serve_device_reimage, serve_device_disable, serve_device_enable, serve_device_revoke,
	serve_device_remove;
control_run serve_device_list, serve_device_show;
control_run serve_attempt_list, serve_certificate_list, serve_audit_list;
control_run serve_delegation_plan, serve_delegation_verify, serve_delegation_apply;
control_run serve_throttle_clear;
control_run serve_status, serve_config_show, serve_profile_show;

#endif
