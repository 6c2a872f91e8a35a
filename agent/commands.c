#include "agent/commands.h"

#include "agent/command_private.h"
#include "lib/base/clean.h"

/* Every command of the control socket and the least role that may run it. */
static const struct control_row rows[] = {
	{ "status", ROLE_AUDITOR, serve_status },
	{ "config/show", ROLE_AUDITOR, serve_config_show },
	{ "profile/show", ROLE_AUDITOR, serve_profile_show },
	{ "device/list", ROLE_AUDITOR, serve_device_list },
	{ "device/show", ROLE_AUDITOR, serve_device_show },
	{ "device/add", ROLE_OPERATOR, serve_device_add },
	{ "device/reissue", ROLE_HELPDESK, serve_device_reissue },
	{ "device/extend", ROLE_HELPDESK, serve_device_extend },
	{ "device/cancel", ROLE_HELPDESK, serve_device_cancel },
	{ "device/reimage", ROLE_OPERATOR, serve_device_reimage },
	{ "device/disable", ROLE_OPERATOR, serve_device_disable },
	{ "device/enable", ROLE_OPERATOR, serve_device_enable },
	{ "device/revoke", ROLE_OPERATOR, serve_device_revoke },
	{ "device/remove", ROLE_ADMIN, serve_device_remove },
	{ "delegation/plan", ROLE_AUDITOR, serve_delegation_plan },
	{ "delegation/verify", ROLE_AUDITOR, serve_delegation_verify },
	{ "delegation/apply", ROLE_ADMIN, serve_delegation_apply },
	{ "attempt/list", ROLE_HELPDESK, serve_attempt_list },
	{ "throttle/clear", ROLE_HELPDESK, serve_throttle_clear },
	{ "certificate/list", ROLE_AUDITOR, serve_certificate_list },
	{ "audit/list", ROLE_AUDITOR, serve_audit_list },
};

const struct control_row *command_rows(size_t *count)
{
	*count = ARRAY_LEN(rows);
	return rows;
}

const struct command_context *command_context(const struct control_call *call)
{
	return call->context;
}
