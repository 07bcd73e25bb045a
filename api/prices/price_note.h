/* What an import did not take over, once for each kind with a count: a public table says the same thing about
 * hundreds of models. */
#pragma once

#include "lib/schema/problems.h"

struct price_note {
    struct text words; /* "input_cost_per_pixel is not understood" */
    size_t count;
    struct text first_path; /* the model it was seen at first */
    const struct document *first;
};

struct price_note_list {
    struct arena *arena;
    struct price_note *items;
    size_t count, capacity;
    struct map *by_words; /* to position + 1 */
};

void price_notes_init(struct price_note_list *notes, struct arena *arena);
/* Counts; words and path are copied the first time. */
void price_notes_add(struct price_note_list *notes, struct text words, const struct document *at,
                     struct text path);
/* A notice for each, in the order of their first. */
void price_notes_report(const struct price_note_list *notes, struct problem_list *problems);
