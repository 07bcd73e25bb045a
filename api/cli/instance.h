/* The `weir up` that other commands talk to: its folder, its sockets, its journals. */
#pragma once

#include <stdbool.h>

#include "api/cli/command.h"
#include "lib/base/compiler.h"

struct document;
struct fetch_question;

/* The folder given with --dir, or WEIR_DIR, or the one of the last `weir up` of this user. */
MUST_CHECK bool
instance_find_folder(const struct invocation *invocation, struct text *out_folder, struct error *err);
/* What was given with --state, or the usual place: DIR/.weir. */
MUST_CHECK bool
instance_find_state(const struct invocation *invocation, struct text *out_state, struct error *err);
/* Asks the running operator; NOT_FOUND and INVALID carry its own words. */
MUST_CHECK bool instance_ask(const struct invocation *invocation, struct text path,
                             struct document **out_answer, struct error *err);
/* The same of its ledger: who used what. UNAVAILABLE when none answers. */
MUST_CHECK bool instance_ask_ledger(const struct invocation *invocation, struct text path,
                                    struct document **out_answer, struct error *err);
/* The same, to change something there. */
MUST_CHECK bool
instance_change_ledger(const struct invocation *invocation, const struct fetch_question *question,
                       struct document **out_answer, struct error *err);
/* The same of what is no JSON, as it came. */
MUST_CHECK bool instance_fetch_ledger(const struct invocation *invocation, struct text path,
                                      struct text *out_body, struct error *err);
/* value with everything but unreserved characters escaped (RFC 3986 2.3). */
struct text instance_escape(struct arena *arena, struct text value);
