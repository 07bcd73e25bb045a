/* RFC 6902. An edit copies the maps and lists on the way to the place and puts the new value there. */
#include "lib/document/json_patch.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

enum edit_kind { EDIT_ADD, EDIT_REMOVE, EDIT_REPLACE };

struct edit {
    struct arena *arena;
    enum edit_kind kind;
    struct text path; /* whole, for messages */
    const struct document *value;
    struct error *err;
};

static bool edit_at(const struct edit *edit, const struct document *at, struct text rest,
                    const struct document **out_new);
static bool edit_map(const struct edit *edit, const struct document *map, struct text rest,
                     const struct document **out_new);
static bool edit_list(const struct edit *edit, const struct document *list, struct text rest,
                      const struct document **out_new);
static bool step_into(struct arena *arena, struct text *rest, struct text *out_step);
static bool parse_index(struct text step, size_t bound, size_t *out_index);
static bool size_is_bounded(const struct document *document, size_t *room, int depth);
static bool
edit_document(struct arena *arena, const struct document *document, const struct json_patch *patch,
              const struct document **out_document, struct error *err);

bool
json_patch_apply(struct arena *arena, const struct document *document, const struct json_patch *patch,
                 const struct document **out_document, struct error *err)
{
    const struct document *result = document;
    if (patch->op == JSON_PATCH_TEST) {
        const struct document *found = json_pointer_find(arena, document, patch->path);
        if (!found || !document_equals(found, patch->value))
            return error_set(err, ERROR_INVALID, "test %.*s: it %s", TEXT_ARG(patch->path),
                             found ? "has another value" : "is not there");
    } else if (!edit_document(arena, document, patch, &result, err)) {
        return false;
    }
    size_t room = JSON_PATCH_MAX_NODES;
    if (!size_is_bounded(result, &room, 0))
        return error_set(err, ERROR_INVALID, "%.*s: the result has more than %d values or %d levels",
                         TEXT_ARG(patch->path), JSON_PATCH_MAX_NODES, JSON_MAX_DEPTH);
    *out_document = result;
    return true;
}

static bool
edit_document(struct arena *arena, const struct document *document, const struct json_patch *patch,
              const struct document **out_document, struct error *err)
{
    static const enum edit_kind kinds[] = {EDIT_ADD, EDIT_REMOVE, EDIT_REPLACE, EDIT_ADD, EDIT_ADD};
    struct edit edit = {
        .arena = arena, .kind = kinds[patch->op], .path = patch->path, .value = patch->value, .err = err};
    if (patch->op == JSON_PATCH_MOVE || patch->op == JSON_PATCH_COPY) {
        edit.value = json_pointer_find(arena, document, patch->from);
        if (!edit.value)
            return error_set(err, ERROR_INVALID, "from %.*s: it is not there", TEXT_ARG(patch->from));
    }
    if (patch->op == JSON_PATCH_MOVE) {
        struct edit removal = {.arena = arena, .kind = EDIT_REMOVE, .path = patch->from, .err = err};
        struct text below = text_format(arena, "%.*s/", TEXT_ARG(patch->from));
        if (text_starts_with(patch->path, below))
            return error_set(err, ERROR_INVALID, "from %.*s: nothing is moved into itself",
                             TEXT_ARG(patch->from));
        if (text_equals(patch->path, patch->from))
            return true;
        if (!edit_at(&removal, document, patch->from, &document))
            return false;
    }
    return edit_at(&edit, document, patch->path, out_document);
}

static bool
edit_at(const struct edit *edit, const struct document *at, struct text rest, const struct document **out_new)
{
    if (text_is_empty(rest)) {
        *out_new = edit->kind == EDIT_REMOVE ? document_new_null(edit->arena) : edit->value;
        return true;
    }
    if (document_kind(at) == DOCUMENT_MAP)
        return edit_map(edit, at, rest, out_new);
    if (document_kind(at) == DOCUMENT_LIST)
        return edit_list(edit, at, rest, out_new);
    return error_set(edit->err, ERROR_INVALID, "%.*s: what it leads through is neither a map nor a list",
                     TEXT_ARG(edit->path));
}

static bool
edit_map(const struct edit *edit, const struct document *map, struct text rest,
         const struct document **out_new)
{
    struct text key;
    if (!step_into(edit->arena, &rest, &key))
        return error_set(edit->err, ERROR_INVALID, "%.*s is not a JSON pointer", TEXT_ARG(edit->path));
    bool is_last = text_is_empty(rest);
    const struct document *value = document_find(map, key);
    if (!value && !(is_last && edit->kind == EDIT_ADD))
        return error_set(edit->err, ERROR_INVALID, "%.*s: there is no \"%.*s\"", TEXT_ARG(edit->path),
                         TEXT_ARG(key));
    bool is_removal = is_last && edit->kind == EDIT_REMOVE;
    if (!is_removal && !edit_at(edit, value, rest, &value))
        return false;
    struct document *copy = document_new_map(edit->arena);
    for (size_t i = 0; i < document_count(map); i++)
        if (!is_removal || !text_equals(document_key_at(map, i), key))
            document_set(copy, document_key_at(map, i), document_value_at(map, i));
    if (!is_removal)
        document_set(copy, key, value);
    *out_new = copy;
    return true;
}

static bool
edit_list(const struct edit *edit, const struct document *list, struct text rest,
          const struct document **out_new)
{
    struct text step;
    size_t count = document_count(list), index = count;
    if (!step_into(edit->arena, &rest, &step))
        return error_set(edit->err, ERROR_INVALID, "%.*s is not a JSON pointer", TEXT_ARG(edit->path));
    bool is_last = text_is_empty(rest), is_insert = is_last && edit->kind == EDIT_ADD;
    bool is_end = is_insert && text_equals(step, TEXT("-"));
    if (!is_end && !parse_index(step, count + (is_insert ? 1 : 0), &index))
        return error_set(edit->err, ERROR_INVALID, "%.*s: \"%.*s\" is no place in a list of %zu",
                         TEXT_ARG(edit->path), TEXT_ARG(step), count);
    const struct document *value = document_at(list, index);
    bool is_removal = is_last && edit->kind == EDIT_REMOVE;
    if (!is_removal && !edit_at(edit, value, rest, &value))
        return false;
    struct document *copy = document_new_list(edit->arena);
    for (size_t i = 0; i <= count; i++) {
        if (i == index && !is_removal)
            document_append(copy, value);
        if (i < count && (i != index || is_insert))
            document_append(copy, document_at(list, i));
    }
    *out_new = copy;
    return true;
}

/* Cuts "/step" off the rest and unescapes it; false when it is none (RFC 6901 3). */
static bool
step_into(struct arena *arena, struct text *rest, struct text *out_step)
{
    if (!text_starts_with(*rest, TEXT("/")))
        return false;
    size_t end = 1;
    while (end < rest->length && rest->bytes[end] != '/')
        end++;
    char *step = arena_alloc(arena, end);
    size_t length = 0;
    for (size_t i = 1; i < end; i++) {
        char byte = rest->bytes[i];
        if (byte == '~') {
            if (++i == end || (rest->bytes[i] != '0' && rest->bytes[i] != '1'))
                return false;
            byte = rest->bytes[i] == '0' ? '~' : '/';
        }
        step[length++] = byte;
    }
    *out_step = (struct text){step, length};
    *rest = text_slice(*rest, end, rest->length);
    return true;
}

static bool
parse_index(struct text step, size_t bound, size_t *out_index)
{
    int64_t value = 0;
    bool is_written_right = step.length > 0 && step.bytes[0] >= '0' && step.bytes[0] <= '9' &&
                            (step.length == 1 || step.bytes[0] != '0');
    if (!is_written_right || !parse_int64(step, &value) || (uint64_t)value >= bound)
        return false;
    *out_index = (size_t)value;
    return true;
}

const struct document *
json_pointer_find(struct arena *arena, const struct document *document, struct text pointer)
{
    struct text step;
    while (document && !text_is_empty(pointer)) {
        size_t index = 0;
        if (!step_into(arena, &pointer, &step))
            return NULL;
        if (document_kind(document) == DOCUMENT_LIST)
            document =
                parse_index(step, document_count(document), &index) ? document_at(document, index) : NULL;
        else
            document = document_find(document, step);
    }
    return document;
}

static bool
size_is_bounded(const struct document *document, size_t *room, int depth)
{
    if (depth > JSON_MAX_DEPTH || *room == 0)
        return false;
    --*room;
    bool is_map = document_kind(document) == DOCUMENT_MAP;
    for (size_t i = 0; i < document_count(document); i++)
        if (!size_is_bounded(is_map ? document_value_at(document, i) : document_at(document, i), room,
                             depth + 1))
            return false;
    return true;
}
