/* The native dialect at the edge (docs/PROTOCOL.md): three POST routes, octets <-> enroll_request
 * and enroll_reply. Decides nothing. */
#ifndef AGENT_DIALECT_NATIVE_H
#define AGENT_DIALECT_NATIVE_H

#include "agent/edge/edge_front.h"
#include "agent/http/http.h"

/* The service for listeners with serve = enroll; out points to edge, which must outlive it. */
void native_service(struct edge_front *edge, struct http_service *out);

#endif
