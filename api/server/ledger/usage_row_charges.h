/* What a record is charged to, as it stands in the record. For usage_row.c. */
#pragma once

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct arena;
struct error;
struct json_field;

/* An absent field is no charge. ERROR_INVALID: no list of at most USAGE_MAX_CHARGES, a text is missing, too
 * long or has a NUL in it, an amount is not 1 to LEASE_MAX_AMOUNT. */
MUST_CHECK bool usage_row_read_charges(struct arena *arena, const struct json_field *field,
                                       struct usage_charge_list *out_charges, struct error *err);
