/* Read once: what was counted keeps the price that it was counted at. */
#include "api/server/price_card_file.h"

#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/yaml.h"
#include "lib/schema/problems.h"

enum { MOST_FILE_BYTES = 1 << 20 };

bool
price_card_file_read(struct arena *arena, const char *path, struct price_card *out_card, struct error *err)
{
    struct text yaml;
    return file_read(arena, path, MOST_FILE_BYTES, &yaml, err) &&
           price_card_file_parse(arena, yaml, text_of(path), out_card, err);
}

bool
price_card_file_parse(struct arena *arena, struct text yaml, struct text name, struct price_card *out_card,
                      struct error *err)
{
    struct document_list documents;
    struct problem_list problems;
    struct price_card card;
    problems_init(&problems, arena);
    if (!yaml_parse(arena, yaml, name, &documents, err))
        return false;
    if (documents.count != 1)
        return error_set(err, ERROR_INVALID, "%.*s: holds %zu documents, not one", TEXT_ARG(name),
                         documents.count);
    bool is_read =
        schema_decode(arena, &price_card_schema, documents.items[0], (struct text){0}, &card, &problems);
    if (!is_read || problems.error_count > 0)
        return error_set(err, ERROR_INVALID, "%.*s", TEXT_ARG(problem_line(arena, &problems.items[0])));
    *out_card = card;
    return true;
}
