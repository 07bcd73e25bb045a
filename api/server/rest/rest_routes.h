/* The table of routes, and finding the one that is asked for. Pure. */
#pragma once

#include "api/server/rest/rest_call.h"

extern const struct rest_route rest_routes[];
extern const size_t rest_route_count;

#define REST_MAX_PARTS 4

/* The route of this path and method; where the path takes another method only, a route of that. NULL: there
 * is no such path. Parts of the path are handed out unescaped, by name; those that are not escaped UTF-8, or
 * empty, are of no route. */
const struct rest_route *
rest_route_find(struct arena *arena, struct text path, struct text method, struct text_pair_list *out_parts);
/* HEAD is taken where GET is. */
bool rest_route_takes(const struct rest_route *route, struct text method);
/* What the route's path takes: "GET, HEAD, POST, OPTIONS". NULL: all that some path takes. */
struct text rest_route_methods(struct arena *arena, const struct rest_route *route);
