/* Which of the formats that a route has an Accept header asks for. Pure (RFC 9110 12.5.1). */
#pragma once

#include "api/types/rest_questions.h"
#include "lib/base/compiler.h"

#define REST_HAS_JSON (1u << REST_JSON)
#define REST_HAS_CSV (1u << REST_CSV)
#define REST_HAS_JSONL (1u << REST_JSONL)

/* "application/json", "text/csv; charset=utf-8" */
struct text rest_format_type(enum rest_format format);
/* The one that is wanted most; of equals, and without a header, the first that the route has. False: none of
 * them will do. */
MUST_CHECK bool rest_accept_choose(struct text accept, unsigned formats, enum rest_format *out_format);
