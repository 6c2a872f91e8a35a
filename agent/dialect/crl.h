/* The revocation list over plain HTTP, on a listener of its own that serves nothing else. The
 * octets come from the core and are kept some seconds, or until the core says that there is a newer
 * list. Loop thread only. */
#ifndef AGENT_DIALECT_CRL_H
#define AGENT_DIALECT_CRL_H

#include "agent/edge/edge_front.h"
#include "agent/http/http.h"

#define CRL_PATH "/crl/devices.crl"

struct crl;

struct crl *crl_new(struct edge_front *edge); /* edge must outlive it */
/* The service for listeners with serve = crl. */
void crl_service(struct crl *c, struct http_service *out);
/* After the edge: its last answers come here. */
void crl_free(struct crl **c);

#endif
