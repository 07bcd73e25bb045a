/* Writes what is made from api/types and the table of REST routes: crds/<plural>.yaml, api/REFERENCE.md and
 * api/openapi.json. Same types, same bytes.
 *
 *     generate DIR           writes them under DIR
 *     generate --check DIR   writes nothing; exits 1 and names the files that are not what it would write */
#include <errno.h>

#include "api/server/rest/rest_openapi.h"
#include "api/types/audit_row.h"
#include "api/types/gateway_config.h"
#include "api/types/kind_crd.h"
#include "api/types/kinds.h"
#include "api/types/price.h"
#include "api/types/usage_record.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/yaml.h"

struct output {
    const char *path; /* under the tree's root */
    struct text content;
};

static struct output
crd_output(struct arena *arena, const struct kind *kind)
{
    struct buffer yaml;
    buffer_init(&yaml, arena, 64 * 1024);
    buffer_add_string(&yaml, "# Made by `make generate` from api/types; edits here are lost.\n");
    yaml_print(kind_crd(arena, kind), &yaml);
    struct text path = text_format(arena, "crds/%s.yaml", kind->plural);
    return (struct output){text_c_string(arena, path), buffer_text(&yaml)};
}

static void
add_chapter(struct arena *arena, struct buffer *page, const char *title, const char *words,
            const struct schema *schema)
{
    struct buffer chapter; /* of its own, so that each chapter describes every type it reaches */
    buffer_init(&chapter, arena, 64 * 1024);
    schema_print_reference(schema, &chapter);
    buffer_print(page, "\n## %s\n\n%s\n\n", title, words);
    buffer_add_text(page, buffer_text(&chapter));
}

static struct output
reference_output(struct arena *arena)
{
    struct buffer page;
    buffer_init(&page, arena, 256 * 1024);
    buffer_add_string(&page,
                      "# Reference\n\n"
                      "Made by `make generate` from `api/types`; edits here are lost. Every field of every "
                      "document that Weir reads or writes.\n");
    for (enum kind_id id = 0; id < KIND_COUNT; id++) {
        const struct kind *kind = kind_get(id);
        struct text words = text_format(arena, "`apiVersion: %s`, `kind: %s`, %s.", kind->api_version,
                                        kind->name, kind->is_namespaced ? "in a namespace" : "cluster-wide");
        add_chapter(arena, &page, kind->name, text_c_string(arena, words), kind->schema);
    }
    add_chapter(arena, &page, "Gateway config", "What the operator hands the gateways of one environment.",
                &gateway_config_schema);
    add_chapter(arena, &page, "Usage record", "What the journal holds: one for each call.",
                &usage_record_schema);
    add_chapter(arena, &page, "Price table", "What models cost: kept by the ledger, shipped to gateways.",
                &price_table_schema);
    add_chapter(arena, &page, "Audit row",
                "What an audit export holds: one a line, each bound to the one before.", &audit_row_schema);
    return (struct output){"api/REFERENCE.md", buffer_text(&page)};
}

static bool
write_output(const char *path, struct text content)
{
    FILE *file = fopen(path, "w");
    if (!file) {
        fprintf(stderr, "generate: opening %s for writing: %s\n", path, strerror(errno));
        return false;
    }
    bool is_written = fwrite(content.bytes, 1, content.length, file) == content.length;
    if (fclose(file) != 0 || !is_written) {
        fprintf(stderr, "generate: writing %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

/* Whether the file holds exactly this content. */
static bool
is_current(struct arena *arena, const char *path, struct text content)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    char *found = arena_alloc_raw(arena, content.length + 1);
    size_t length = fread(found, 1, content.length + 1, file);
    fclose(file);
    return text_equals((struct text){found, length}, content);
}

static bool
check_output(struct arena *arena, const char *path, const struct output *output)
{
    if (is_current(arena, path, output->content))
        return true;
    fprintf(stderr, "generate: %s is not what api/types says: run `make generate` and commit it\n",
            output->path);
    return false;
}

int
main(int argument_count, char **arguments)
{
    bool is_check = argument_count == 3 && strcmp(arguments[1], "--check") == 0;
    if (argument_count != 2 && !is_check) {
        fprintf(stderr, "usage: generate [--check] DIR\n");
        return 2;
    }
    const char *root = arguments[argument_count - 1];

    scoped_arena struct arena *arena = arena_new(0);
    struct output outputs[KIND_COUNT + 2];
    size_t count = 0;
    for (enum kind_id id = 0; id < KIND_COUNT; id++)
        if (!kind_get(id)->is_foreign)
            outputs[count++] = crd_output(arena, kind_get(id));
    outputs[count++] = reference_output(arena);
    outputs[count++] = (struct output){"api/openapi.json", rest_openapi(arena)};

    bool is_right = true;
    for (size_t i = 0; i < count; i++) {
        const char *path = text_c_string(arena, text_format(arena, "%s/%s", root, outputs[i].path));
        is_right &=
            is_check ? check_output(arena, path, &outputs[i]) : write_output(path, outputs[i].content);
    }
    return is_right ? 0 : 1;
}
