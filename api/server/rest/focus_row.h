/* One hour's sums as a row of the FinOps Open Cost and Usage Specification, 1.2 or 1.4. Pure.
 *
 * Every amount is what the ledger reckoned: billed, effective, contracted and list cost are the same, because
 * prices here are what was agreed. Priced by the call (PricingQuantity), consumed in tokens; what FOCUS has
 * no column for is in x_ columns. Without an invoice there is no InvoiceId.
 *
 * Tags are those of calls, under their own keys, where every call of the row had the same; what Weir itself
 * says stands under "weir/", as FOCUS wants of whatever is not the user's. */
#pragma once

#include "api/server/ledger/ledger_hours.h"
#include "api/types/rest_questions.h"

struct focus_options {
    enum focus_version version;
    struct text account; /* BillingAccountId and BillingAccountName */
};

void focus_add_heading(struct buffer *out, const struct focus_options *options);
void focus_add_row(struct buffer *out, const struct focus_options *options, const struct hours_row *row);
