/* The operator on a folder of manifests: watches, reconciles, starts gateways, pushes configs, tells what
 * happens. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct error;

struct local_options {
    const char *folder;     /* of manifests */
    const char *state;      /* NULL: .weir in the folder */
    const char *gateway;    /* path of weir-gateway; NULL: beside this program */
    int port;               /* of the first environment; 0: any free ones */
    int rest_port;          /* where the ledger answers on this machine; 0: on its socket only */
    const char *alert_key;  /* the file of what webhooks' messages are signed with; NULL: they are not */
    const char *price_card; /* the file of what processes cost; NULL: it is not known */
    bool as_json;           /* one JSON line for each event instead of the transcript */
};

/* Returns when a signal asked it to stop and all gateways are drained; false when it could not start. */
MUST_CHECK bool local_operator_run(const struct local_options *options, struct error *err);
