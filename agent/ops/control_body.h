/* Request bodies of the control socket: JSON, bounded before a parser sees it. Pure, thread-safe.
 */
#ifndef AGENT_OPS_CONTROL_BODY_H
#define AGENT_OPS_CONTROL_BODY_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "lib/base/fail.h"

#define CONTROL_DEPTH_MAX 8

/* A new reference to an object (no octets: an empty one), nested no deeper than CONTROL_DEPTH_MAX,
 * no member twice; or NULL and ENR_USAGE. The caller has bounded len. */
json_t *control_body(const uint8_t *data, size_t len, struct fail *f);

#endif
