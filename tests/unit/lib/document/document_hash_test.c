/* Hashes of documents: the same for the same, another for anything else. */
#include "lib/document/document_hash.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/document/json.h"

#define SECRET UINT64_C(0x9e3779b97f4a7c15)

static uint64_t
hash_of(const char *json)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct document *document = NULL;
    cr_assert(json_parse(arena, text_of(json), (struct text){0}, &document, NULL), "%s", json);
    return document_hash(document, SECRET);
}

Test(document_hash, is_the_same_however_the_document_was_written)
{
    cr_assert_eq(hash_of("{\"a\":[1,true,null,\"x\"],\"b\":{}}"),
                 hash_of("{ \"a\" : [ 1, true, null, \"\\u0078\" ], \"b\" : { } }"));
}

Test(document_hash, differs_for_whatever_is_not_the_same)
{
    static const char *const all[] = {
        "null",
        "true",
        "false",
        "1",
        "\"1\"",
        "\"\"",
        "0",
        "[]",
        "{}",
        "[[]]",
        "[[],[]]",
        "[1,2]",
        "[2,1]",
        "[12]",
        "[[1],2]",
        "[[1,2]]",
        "[\"1\",2]",
        "[\"\"]",
        "[\"\",\"\"]",
        "[\"a\\u0000\"]",
        "[\"a\"]",
        "[\"abcdefgh\"]",
        "[\"abcdefgh\\u0000\"]",
        "[\"abcdefg\",\"h\"]",
        "[\"abcdefg\",\"i\"]",
        "{\"a\":1}",
        "{\"a\":\"1\"}",
        "{\"b\":1}",
        "{\"a\":{\"b\":1}}",
        "{\"a\":{},\"b\":1}",
        "{\"b\":1,\"a\":{}}",
        "[\"a\",1]",
        "{\"\":null}",
    };
    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (size_t j = i + 1; j < COUNT_OF(all); j++)
            cr_assert_neq(hash_of(all[i]), hash_of(all[j]), "%s and %s", all[i], all[j]);
}
