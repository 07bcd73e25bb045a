/* The table of routes as an OpenAPI 3.1 document. Pure: the same table, the same bytes. */
#pragma once

#include "lib/base/text.h"

struct arena;

/* What GET /openapi.json answers, and api/openapi.json holds. */
struct text rest_openapi(struct arena *arena);
