/* A price as one line of the table of effective values. */
#include "lib/base/buffer.h"
#include "lib/base/decimal.h"
#include "operator/reconcile/explain_words.h"

struct text
explain_price(struct arena *arena, const struct model_price *price)
{
    if (price->free)
        return TEXT("free");
    struct buffer words;
    buffer_init(&words, arena, 128);
    for (enum usage_class which = 0; which < USAGE_CLASS_COUNT; which++) {
        int64_t nano = price_of_class(&price->nano_per_million, which);
        if (nano == FIELD_UNSET)
            continue;
        struct text name = price_class_name(which), amount = decimal_print_nano(arena, nano);
        buffer_print(&words, "%s%.*s %.*s", words.length > 0 ? ", " : "", TEXT_ARG(name), TEXT_ARG(amount));
    }
    buffer_add_string(&words, " USD per million");
    for (size_t i = 0; i < price->tiers.count; i++) {
        struct text above = explain_number(arena, price->tiers.items[i].above_prompt_tokens);
        buffer_print(&words, "%s%.*s", i == 0 ? ", other prices above " : " and ", TEXT_ARG(above));
    }
    buffer_add_string(&words, price->tiers.count > 0 ? " prompt tokens" : "");
    return buffer_text(&words);
}
