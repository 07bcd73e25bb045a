/* Usage records as gateways print them, made shorter. */
#pragma once

#include <criterion/criterion.h>

#include "api/server/ledger/usage_batch.h"
#include "lib/base/error.h"

#define JOURNAL_A "01KB7D0000ABCDEFGHJKMNPQRA"
#define JOURNAL_B "01KB7D0000ABCDEFGHJKMNPQRB"
#define SOME_HOUR_MS (INT64_C(490000) * USAGE_HOUR_MS)

/* A record of demo/dev with this id and time, and MORE (a literal that begins with a comma, or "") behind it.
 */
#define RECORD_OF(ID, TIME, WORKSPACE, MORE)                                                                 \
    "{\"id\":\"" ID "\",\"time\":" TIME ",\"workspace\":\"" WORKSPACE                                        \
    "\",\"environment\":\"dev\",\"outcome\":\"Completed\"" MORE "}"
#define RECORD(ID, MORE) RECORD_OF(ID, "1764000000000", "demo", MORE) /* at SOME_HOUR_MS exactly */
