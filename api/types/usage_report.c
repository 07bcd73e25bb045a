/* The declarations of usage_report.h made real. */
#include "api/types/usage_report.h"

#include "lib/base/decimal.h"

static bool
is_money_change(struct text text)
{
    int64_t nano;
    return decimal_parse_nano(text_starts_with(text, TEXT("-")) ? text_slice(text, 1, text.length) : text,
                              &nano);
}

const struct text_format text_format_money_change = {
    .name = "a decimal number with at most 9 decimals",
    .pattern = "^-?[0-9]+(\\.[0-9]{1,9})?$",
    .example = "-12.50",
    .accepts = is_money_change,
};

DEFINE_SCHEMA(usage_sum, USAGE_SUM_FIELDS, "What one of those who were asked for used.");
DEFINE_SCHEMA(usage_report, USAGE_REPORT_FIELDS, "Who used what.");
DEFINE_SCHEMA(usage_move, USAGE_MOVE_FIELDS,
              "How much what one of those who were asked for used has changed.");
DEFINE_SCHEMA(movers_report, MOVERS_REPORT_FIELDS, "Whose usage changed most.");

#define SET_DIMENSION(OWNER, TYPE, MEMBER, KEY, ...) OWNER->MEMBER = *by++;

void
usage_sum_set_dimensions(struct usage_sum *sum, const struct text *by)
{
    USAGE_DIMENSION_FIELDS(SET_DIMENSION, sum)
}

void
usage_move_set_dimensions(struct usage_move *move, const struct text *by)
{
    USAGE_DIMENSION_FIELDS(SET_DIMENSION, move)
}

#define COPY_MEMBER(TO_FROM, TYPE, MEMBER, KEY, ...) sum->MEMBER = used->MEMBER;

void
usage_sum_set_vector(struct usage_sum *sum, const struct usage_vector *used)
{
    USAGE_VECTOR_FIELDS(COPY_MEMBER, _)
}
