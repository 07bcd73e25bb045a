/* Commas part tags, so no value has one; blanks around a key and around a value are not of it. */
#include "gateway/decide/call_purpose.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"

enum { MAX_KEY_BYTES = 63, MAX_VALUE_BYTES = 128 };

static bool read_tag(struct text words, size_t number, struct text_pair *out_tag, struct error *err);
static bool is_key(struct text key);
static bool is_printable(struct text value);
static bool has_key(const struct text_pair_list *tags, struct text key);

bool
call_purpose_is_run(struct text run)
{
    for (size_t i = 0; i < run.length; i++)
        if (run.bytes[i] < '!' || run.bytes[i] > '~')
            return false;
    return run.length > 0 && run.length <= USAGE_RUN_MAX_BYTES;
}

bool
call_purpose_is_user(struct text user)
{
    return user.length > 0 && user.length <= CALL_PURPOSE_USER_MAX_BYTES && is_printable(user);
}

bool
call_purpose_read_tags(struct arena *arena, struct text header, const struct text_pair_list *declared,
                       struct text_pair_list *out_tags, struct error *err)
{
    struct text_pair said[USAGE_MAX_CLIENT_TAGS];
    struct text_pair_list asked = {said, 0};
    struct text rest = header.bytes ? header : TEXT("");
    while (rest.bytes) {
        struct text_pair tag = {0};
        if (asked.count == USAGE_MAX_CLIENT_TAGS)
            return error_set(err, ERROR_INVALID, "there are more than %d tags", USAGE_MAX_CLIENT_TAGS);
        if (!read_tag(text_cut(&rest, ','), asked.count + 1, &tag, err))
            return false;
        if (has_key(&asked, tag.key))
            return error_set(err, ERROR_INVALID, "the tag %.*s is there twice", TEXT_ARG(tag.key));
        said[asked.count++] = tag;
    }
    struct text_pair_list tags = {
        .items = arena_alloc_array(arena, declared->count + asked.count, sizeof(*tags.items))};
    for (size_t i = 0; i < declared->count; i++)
        tags.items[tags.count++] = declared->items[i];
    for (size_t i = 0; i < asked.count; i++)
        if (!has_key(declared, said[i].key))
            tags.items[tags.count++] = said[i];
    *out_tags = tags;
    return true;
}

static bool
read_tag(struct text words, size_t number, struct text_pair *out_tag, struct error *err)
{
    struct text value = words, key = text_trim(text_cut(&value, '='));
    if (!value.bytes || !is_key(key))
        return error_set(err, ERROR_INVALID,
                         "tag %zu is not key=value with a key of 1 to %d letters a-z, digits and . _ -",
                         number, MAX_KEY_BYTES);
    value = text_trim(value);
    if (value.length == 0 || value.length > MAX_VALUE_BYTES || !is_printable(value))
        return error_set(err, ERROR_INVALID,
                         "the value of the tag %.*s is not 1 to %d bytes of printable UTF-8", TEXT_ARG(key),
                         MAX_VALUE_BYTES);
    *out_tag = (struct text_pair){key, value};
    return true;
}

static bool
is_key(struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        char byte = key.bytes[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!is_letter && text_find_byte(TEXT("._-"), byte) < 0)
            return false;
    }
    return key.length > 0 && key.length <= MAX_KEY_BYTES;
}

/* U+0080 to U+009F are controls too: C2 80 to C2 9F. */
static bool
is_printable(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        uint8_t byte = (uint8_t)value.bytes[i], before = i > 0 ? (uint8_t)value.bytes[i - 1] : 0;
        if (byte < ' ' || byte == 0x7f || (before == 0xc2 && byte < 0xa0))
            return false;
    }
    return text_is_utf8(value);
}

static bool
has_key(const struct text_pair_list *tags, struct text key)
{
    for (size_t i = 0; i < tags->count; i++)
        if (text_equals(tags->items[i].key, key))
            return true;
    return false;
}
