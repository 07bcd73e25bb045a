/* Notes a call before a provider may see it, so that its record is left should the gateway die in the middle.
 */
#pragma once

#include <stdbool.h>

#include "gateway/stage.h"
#include "lib/base/compiler.h"

struct call_usage;
struct exchange;

/* For the try that is about to be made of exchange->target, whose budgets are held: with the most that it can
 * use and what that would be charged to, and what earlier tries were. False: there is no room for it. */
MUST_CHECK bool call_in_flight_note(struct exchange *exchange, const struct call_usage *most);
/* A call that could not be noted is not sent. */
enum stage_result call_in_flight_refuse(struct exchange *exchange);
