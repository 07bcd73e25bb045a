/* The walk over the models, and the one of each name that is kept. */
#include "api/prices/price_import.h"

#include "api/prices/price_model.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/json.h"

struct importer {
    struct price_reading reading;
    const struct price_source *source;
    struct price_import *import;
    struct map *seen; /* provider, with its length before it, and model: to position + 1 */
    size_t capacity;
};

static bool
is_same_price(struct arena *arena, const struct model_price *a, const struct model_price *b)
{
    return document_equals(schema_encode(arena, &model_price_schema, a, SCHEMA_ENCODE_PLAIN),
                           schema_encode(arena, &model_price_schema, b, SCHEMA_ENCODE_PLAIN));
}

/* The table has some models under two names of its own: with the provider before them and without. */
static bool
is_known(struct importer *importer, struct text name, const struct model_price *price,
         const struct document *at)
{
    uintptr_t position = (uintptr_t)map_find(importer->seen, name);
    if (!position)
        return false;
    const struct model_price *first = &importer->import->table.prices.items[position - 1];
    if (!is_same_price(importer->reading.arena, first, price))
        price_notes_add(
            importer->reading.notes,
            TEXT("model with the same provider and name as one before, and another price: the first "
                 "is kept"),
            at, price->model);
    return true;
}

static void
add_price(struct importer *importer, const struct model_price *price, const struct document *at)
{
    struct arena *arena = importer->reading.arena;
    struct model_price_list *prices = &importer->import->table.prices;
    struct text name = text_format(arena, "%zu:%.*s%.*s", price->provider.length, TEXT_ARG(price->provider),
                                   TEXT_ARG(price->model));
    if (is_known(importer, name, price, at))
        return;
    prices->items =
        arena_grow(arena, prices->items, prices->count, &importer->capacity, sizeof(*prices->items));
    prices->items[prices->count++] = *price;
    map_set(importer->seen, name, (void *)(uintptr_t)prices->count);
}

static bool
is_wanted(const struct importer *importer, struct text key, const struct document *model)
{
    const struct price_source *source = importer->source;
    struct price_name name =
        price_name_read(key, document_text(document_find(model, TEXT("litellm_provider"))));
    return !source->is_wanted || source->is_wanted(source->owner, &name);
}

static void
import_models(struct importer *importer, const struct document *models)
{
    for (size_t i = 0; i < document_count(models); i++) {
        struct text key = document_key_at(models, i);
        if (text_equals(key, TEXT("sample_spec"))) /* explains the format, in the place of a model */
            continue;
        const struct document *model = document_value_at(models, i);
        if (!is_wanted(importer, key, model))
            continue;
        importer->import->model_count++;
        struct model_price price;
        enum price_model_result result = price_model_read(&importer->reading, key, model, &price);
        if (result == PRICE_MODEL_READ)
            add_price(importer, &price, model);
        importer->import->wrong_count += result == PRICE_MODEL_WRONG;
    }
}

/* Named before any of it is read. */
static const char *
reason_to_refuse(const struct document *models)
{
    if (document_kind(models) != DOCUMENT_MAP)
        return "must be a map from model names to prices";
    if (document_count(models) > PRICE_TABLE_MAX_MODELS)
        return "has more models than a price table holds";
    return NULL;
}

bool
price_import(struct arena *arena, const struct price_source *source, struct price_import *out_import,
             struct problem_list *problems)
{
    size_t errors_before = problems->error_count;
    *out_import = (struct price_import){0};
    price_notes_init(&out_import->notes, arena);
    schema_set_defaults(&price_table_schema, &out_import->table);
    out_import->table.version = source->version;
    out_import->table.imported = source->imported_ms;

    struct error err;
    struct document *models;
    if (source->json.length > PRICE_IMPORT_MAX_BYTES) {
        problems_add(problems, NULL, source->file, "is longer than 32 MiB");
        return false;
    }
    if (!json_parse(arena, source->json, source->file, &models, &err)) {
        problems_add(problems, NULL, (struct text){0}, "%s", err.message);
        return false;
    }
    const char *reason = reason_to_refuse(models);
    if (reason) {
        problems_add(problems, models, (struct text){0}, "%s", reason);
        return false;
    }

    struct importer importer = {.reading = {arena, problems, &out_import->notes},
                                .source = source,
                                .import = out_import,
                                .seen = map_new(arena)};
    import_models(&importer, models);
    price_notes_report(&out_import->notes, problems);
    return problems->error_count == errors_before;
}
