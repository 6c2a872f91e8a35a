#include "agent/commands.h"

#include "agent/command_private.h"
#include "lib/base/clean.h"

/* Every command of the control socket and the least role that may run it. */
static const struct control_row rows[] = {
	{ "status", ROLE_AUDITOR, command_status },
	{ "config/show", ROLE_AUDITOR, command_config_show },
	{ "profile/show", ROLE_AUDITOR, command_profile_show },
	{ "device/list", ROLE_AUDITOR, command_device_list },
	{ "device/show", ROLE_AUDITOR, command_device_show },
	{ "device/add", ROLE_OPERATOR, command_device_add },
	{ "device/reissue", ROLE_HELPDESK, command_device_reissue },
	{ "device/extend", ROLE_HELPDESK, command_device_extend },
	{ "device/cancel", ROLE_HELPDESK, command_device_cancel },
	{ "device/revoke", ROLE_OPERATOR, command_device_revoke },
	{ "attempt/list", ROLE_HELPDESK, command_attempt_list },
	{ "certificate/list", ROLE_AUDITOR, command_certificate_list },
	{ "audit/list", ROLE_AUDITOR, command_audit_list },
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
