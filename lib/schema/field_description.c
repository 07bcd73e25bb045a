/* What the CRD and the reference page say about a field in words. */
#include "lib/base/buffer.h"
#include "lib/schema/field_openapi.h"
#include "lib/schema/field_value.h"

static void
end_sentence(struct buffer *out)
{
    if (out->length > 0 && out->bytes[out->length - 1] != '.')
        buffer_add_byte(out, '.');
}

static void
add_money_bounds(struct arena *arena, const struct field *field, struct buffer *out)
{
    if (field->kind != FIELD_MONEY || !field->has_range)
        return;
    buffer_print(out, " At least %.*s", TEXT_ARG(field_print_number(arena, field, field->lowest)));
    if (field->highest != INT64_MAX)
        buffer_print(out, ", at most %.*s", TEXT_ARG(field_print_number(arena, field, field->highest)));
    end_sentence(out);
}

static void
add_support(const struct field *field, struct buffer *out)
{
    static const char *const words[] = {
        [SUPPORT_CLUSTER_ONLY] = " Takes effect only in a cluster",
        [SUPPORT_LEDGER_ONLY] = " Takes effect only with a ledger",
        [SUPPORT_NAMED] = " Has no effect yet",
        [SUPPORT_REFUSED] = " Refused until it is enforced",
    };
    if (field->support == SUPPORT_FULL)
        return;
    buffer_add_string(out, words[field->support]);
    if (field->support_note)
        buffer_print(out, ": %s", field->support_note);
    end_sentence(out);
}

struct text
field_description(struct arena *arena, const struct field *field)
{
    struct buffer words;
    buffer_init(&words, arena, 128);
    buffer_add_string(&words, field->doc ? field->doc : "");
    end_sentence(&words);
    add_money_bounds(arena, field, &words);
    add_support(field, &words);
    return text_trim(buffer_text(&words));
}
