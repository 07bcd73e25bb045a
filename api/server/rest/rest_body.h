/* What comes along with a question that is a change: a JSON document, as its route declares it. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

struct rest_call;

/* Sets call->body; none is one without members. False: it was refused, 415 for what says that it is no JSON,
 * 400 with all that is wrong. */
MUST_CHECK bool rest_body_read(struct rest_call *call);
