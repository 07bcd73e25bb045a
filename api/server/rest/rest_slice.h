/* What questions about sums have in common. */
#pragma once

#include "api/server/ledger/ledger.h"
#include "api/types/rest_questions.h"

struct rest_call;

/* Sets by, only, purpose and skip_rows: of a query with USAGE_WHO_FIELDS, `by` and `cursor`. False: the asker
 * was told that the cursor is none, or that he asks about more than one of run, tools and tags. */
bool rest_slice_read(struct rest_call *call, const struct text_list *by, struct text cursor,
                     struct usage_question *question);
/* The members of a report's row. */
struct rest_slice_row {
    struct text *run, *tool, *tag;
};
/* Into the one that the question is about. */
void rest_slice_put_purpose(const struct usage_question *question, struct text value,
                            const struct rest_slice_row *row);
/* The words for by. */
struct text_list rest_slice_by(struct arena *arena, const struct usage_question *question);
/* For the next page; empty when this is the last. */
struct text
rest_slice_next(struct arena *arena, const struct usage_question *question, size_t row_count, bool is_cut);
