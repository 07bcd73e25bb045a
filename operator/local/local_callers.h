/* The caller `local`: a key made at start for each environment, so that the printed curl line works. Printed
 * once; what is kept and what gateways get is its hash. */
#pragma once

#include "operator/reconcile/view.h"

struct error;
struct local_callers;
struct state_folder;

#define LOCAL_CALLER_NAME "local"

struct local_callers *local_callers_new(struct arena *arena, struct state_folder *state);
/* Every environment of these objects has a caller afterwards: *out_callers, valid as long as local_callers.
 * Hashes of keys that an operator which was killed had printed stay good, so that traffic through adopted
 * gateways goes on. */
MUST_CHECK bool local_callers_ensure(struct local_callers *callers, const struct object_list *objects,
                                     struct extra_caller_list *out_callers, struct error *err);
/* The key for the environment in this namespace; empty when there is none. */
struct text local_callers_key(const struct local_callers *callers, struct text namespace);
/* After a clean stop no key of this run is good any more. */
void local_callers_forget(struct local_callers *callers);
