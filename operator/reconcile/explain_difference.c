/* What an edit changed, in the words of the explanation. */
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "operator/reconcile/explain.h"

static const struct explanation_row *
find_twin(const struct explanation_row_list *list, const struct explanation_row *row);
static void add(struct buffer *out, const struct explanation_row *row, struct text before, struct text after);

struct text
explain_difference(struct arena *arena, const struct explanation_row_list *before,
                   const struct explanation_row_list *after)
{
    struct buffer out;
    buffer_init(&out, arena, 128);
    for (size_t i = 0; i < after->count; i++) {
        const struct explanation_row *row = &after->items[i];
        const struct explanation_row *twin = find_twin(before, row);
        if (!twin || !text_equals(twin->effective, row->effective))
            add(&out, row, twin ? twin->effective : TEXT("none"), row->effective);
    }
    for (size_t i = 0; i < before->count; i++)
        if (!find_twin(after, &before->items[i]))
            add(&out, &before->items[i], before->items[i].effective, TEXT("none"));
    return buffer_text(&out);
}

/* Values that can stand several times (closed sets, budgets) are told apart by who set them. */
static const struct explanation_row *
find_twin(const struct explanation_row_list *list, const struct explanation_row *row)
{
    bool is_set =
        text_starts_with(row->value, TEXT("constraints.")) || text_starts_with(row->value, TEXT("budgets["));
    for (size_t i = 0; i < list->count; i++) {
        const struct explanation_row *candidate = &list->items[i];
        if (text_equals(candidate->value, row->value) && candidate->mode == row->mode &&
            (!is_set || text_equals(candidate->from, row->from)))
            return candidate;
    }
    return NULL;
}

static void
add(struct buffer *out, const struct explanation_row *row, struct text before, struct text after)
{
    buffer_print(out, "%s%.*s%s %.*s → %.*s", out->length > 0 ? ", " : "", TEXT_ARG(row->value),
                 row->mode == POLICY_MODE_SHADOW ? " (Shadow)" : "", TEXT_ARG(before), TEXT_ARG(after));
}
