/* Keys in any order to layers of prices: the model's own and its tiers. Then what the table leaves unsaid. */
#include "api/prices/price_model.h"

#include "api/prices/price_key.h"
#include "api/prices/price_name.h"
#include "api/prices/price_number.h"
#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "lib/base/utf8.h"

enum { KEY_MAX_BYTES = 100, NAME_MAX_BYTES = 253 };

struct model_reader {
    const struct price_reading *reading;
    struct text key;
    const struct document *model;
    struct model_price *price;
    bool is_wrong;
    bool has_money; /* something about money was seen, taken over or not */
};

static void read_member(struct model_reader *reader, struct text key, const struct document *value);
static void read_tiers(struct model_reader *reader, const struct document *list);
static void complete(struct model_price *price);

static void
note(struct model_reader *reader, const struct document *at, struct text key, const char *what)
{
    struct text words = text_format(reader->reading->arena, "%.*s %s", TEXT_ARG(key), what);
    price_notes_add(reader->reading->notes, words, at, reader->key);
}

static void
refuse(struct model_reader *reader, const struct document *at, struct text key, const char *why)
{
    struct text path = text_format(reader->reading->arena, "%.*s.%.*s", TEXT_ARG(reader->key), TEXT_ARG(key));
    problems_add(reader->reading->problems, at, path, "%.*s %s",
                 TEXT_ARG(utf8_at_most(document_text(at), 80)), why);
    reader->is_wrong = true;
}

/* What a price table may hold as a provider or a model. */
static bool
is_name(struct text name)
{
    return !text_is_empty(name) && name.length <= NAME_MAX_BYTES && text_find_byte(name, '\0') < 0;
}

enum price_model_result
price_model_read(const struct price_reading *reading, struct text key, const struct document *model,
                 struct model_price *out_price)
{
    struct model_reader reader = {.reading = reading, .key = key, .model = model, .price = out_price};
    schema_set_defaults(&model_price_schema, out_price);
    if (document_kind(model) != DOCUMENT_MAP || !is_name(key)) {
        problems_add(reading->problems, model, (struct text){0}, "is no model with a name");
        return PRICE_MODEL_WRONG;
    }

    out_price->tiers.items = arena_alloc_array(reading->arena, PRICE_MAX_TIERS, sizeof(struct price_tier));
    for (size_t i = 0; i < document_count(model); i++)
        read_member(&reader, document_key_at(model, i), document_value_at(model, i));
    if (reader.is_wrong)
        return PRICE_MODEL_WRONG;

    struct text litellm_provider = document_text(document_find(model, TEXT("litellm_provider")));
    struct price_name name = price_name_read(key, litellm_provider);
    out_price->provider = name.provider;
    out_price->model = name.model;
    out_price->mode = price_name_mode(document_text(document_find(model, TEXT("mode"))));
    complete(out_price);
    bool is_named = is_name(name.provider) && is_name(name.model);
    if (is_named && price_has_any(&out_price->nano_per_million))
        return PRICE_MODEL_READ;
    price_notes_add(reading->notes,
                    !is_named          ? TEXT("model without a provider")
                    : reader.has_money ? TEXT("model without a price that is taken over")
                                       : TEXT("model without any price"),
                    model, key);
    return PRICE_MODEL_LEFT_OUT;
}

/* The prices from so many prompt tokens on; NULL, and a problem, when there are too many tiers. */
static struct price_per_million *
layer_above(struct model_reader *reader, int64_t above, const struct document *at)
{
    struct price_tier_list *tiers = &reader->price->tiers;
    if (above == 0)
        return &reader->price->nano_per_million;

    size_t place = 0; /* kept from short to long */
    while (place < tiers->count && tiers->items[place].above_prompt_tokens < above)
        place++;
    if (place < tiers->count && tiers->items[place].above_prompt_tokens == above)
        return &tiers->items[place].nano_per_million;
    if (tiers->count == PRICE_MAX_TIERS) {
        refuse(reader, at, TEXT("tiers"), "begins one tier more than the 8 that are kept");
        return NULL;
    }
    memmove(&tiers->items[place + 1], &tiers->items[place], (tiers->count - place) * sizeof(*tiers->items));
    tiers->count++;
    schema_set_defaults(&price_tier_schema, &tiers->items[place]);
    tiers->items[place].above_prompt_tokens = above;
    return &tiers->items[place].nano_per_million;
}

static void
put_price(struct model_reader *reader, const struct price_key *key, int64_t nano_per_million,
          const struct document *at)
{
    struct price_per_million *layer = layer_above(reader, key->above_prompt_tokens, at);
    if (!layer)
        return;
    int64_t before = price_of_class(layer, key->which);
    if (before != FIELD_UNSET && before != nano_per_million)
        refuse(reader, at, price_class_name(key->which), "is a second, different price of the same thing");
    price_set_class(layer, key->which, nano_per_million);
}

static void
read_price(struct model_reader *reader, struct text name, const struct price_key *key,
           const struct document *value)
{
    static const char *const reasons[] = {
        [PRICE_NUMBER_NEGATIVE] = "is a negative price",
        [PRICE_NUMBER_TOO_FINE] = "is no whole number of 10^-15 US dollars",
        [PRICE_NUMBER_TOO_LARGE] = "is more than 1,000 US dollars a unit",
        [PRICE_NUMBER_NONE] = "is not a number",
    };
    if (document_kind(value) != DOCUMENT_NUMBER) {
        refuse(reader, value, name, "is not a number");
        return;
    }
    int64_t nano_per_million = FIELD_UNSET;
    enum price_number result = price_number_read(document_text(value), &nano_per_million);
    if (result == PRICE_NUMBER_ZERO) {
        note(reader, value, name, "is 0: not taken for free");
    } else if (result == PRICE_NUMBER_EXACT || result == PRICE_NUMBER_ROUNDED) {
        if (result == PRICE_NUMBER_ROUNDED)
            note(reader, value, name, "has more digits than a double keeps: rounded to those, or up");
        put_price(reader, key, nano_per_million, value);
    } else {
        refuse(reader, value, name, reasons[result]);
    }
}

static void
read_member(struct model_reader *reader, struct text key, const struct document *value)
{
    struct price_key meaning = price_key_read(key);
    if (meaning.kind == PRICE_KEY_OTHER || document_kind(value) == DOCUMENT_NULL)
        return;
    reader->has_money = true;
    if (meaning.kind == PRICE_KEY_PRICE)
        read_price(reader, key, &meaning, value);
    else if (meaning.kind == PRICE_KEY_TIERS)
        read_tiers(reader, value);
    else if (key.length > KEY_MAX_BYTES)
        note(reader, value, TEXT("a key of more than 100 bytes"), "is not understood");
    else
        note(reader, value, key, "is not understood");
}

/* The first of "range": [256000.0, 1000000.0], which is left out of the tier; false when it is none. */
static bool
read_tier_start(const struct document *tier, int64_t *out_above)
{
    struct text fraction = document_text(document_at(document_find(tier, TEXT("range")), 0));
    struct text whole = text_cut(&fraction, '.');
    uint64_t above;
    bool is_whole = text_is_empty(fraction) || text_equals(fraction, TEXT("0"));
    if (!is_whole || !parse_uint64(whole, USAGE_COUNT_MAX, &above))
        return false;
    *out_above = (int64_t)above;
    return true;
}

static void
read_tier(struct model_reader *reader, const struct document *tier)
{
    int64_t above;
    if (!read_tier_start(tier, &above)) {
        note(reader, tier, TEXT("tiered_pricing"), "by something else than prompt tokens is not understood");
        return;
    }
    for (size_t i = 0; i < document_count(tier); i++) {
        struct text key = document_key_at(tier, i);
        const struct document *value = document_value_at(tier, i);
        struct price_key meaning = price_key_read(key);
        meaning.above_prompt_tokens = above;
        if (meaning.kind == PRICE_KEY_PRICE)
            read_price(reader, key, &meaning, value);
        else if (meaning.kind != PRICE_KEY_OTHER)
            note(reader, value, utf8_at_most(key, KEY_MAX_BYTES), "in a tier is not understood");
    }
}

static void
read_tiers(struct model_reader *reader, const struct document *list)
{
    for (size_t i = 0; i < document_count(list); i++)
        read_tier(reader, document_at(list, i));
}

/* A part costs what its whole costs where it has no price of its own, in every tier alike. */
static void
follow(struct model_price *price, enum usage_class part, enum usage_class whole)
{
    struct price_per_million *own = &price->nano_per_million;
    if (price_of_class(own, part) == FIELD_UNSET)
        price_set_class(own, part, price_of_class(own, whole));
    bool follows = price_of_class(own, part) == price_of_class(own, whole);
    for (size_t i = 0; i < price->tiers.count && follows; i++) {
        struct price_per_million *tier = &price->tiers.items[i].nano_per_million;
        if (price_of_class(tier, part) == FIELD_UNSET)
            price_set_class(tier, part, price_of_class(tier, whole));
    }
}

static void
complete(struct model_price *price)
{
    follow(price, USAGE_REASONING, USAGE_OUTPUT);
    follow(price, USAGE_CACHE_READ, USAGE_INPUT);

    /* Older entries of models that make images give the price of one made as an input's. */
    struct price_per_million *own = &price->nano_per_million;
    if (price->mode == PRICE_MODE_IMAGE && own->output_images == FIELD_UNSET) {
        own->output_images = own->input_images;
        own->input_images = FIELD_UNSET;
    }
}
