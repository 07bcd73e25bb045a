/* Notes: printed, signed, read back without a byte of leeway, and verified. */
#include "api/audit/audit_checkpoint.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

#define ED25519_TYPE 0x01

enum { ORIGIN_MAX_BYTES = 253, KEY_ID_BYTES = 4 };

struct key_id {
    uint8_t bytes[KEY_ID_BYTES];
};

static bool
read_head(struct arena *arena, struct text body, struct audit_checkpoint *checkpoint, struct error *err);
static bool check_signature_lines(struct arena *arena, struct text lines, struct error *err);
static bool
read_signature(struct arena *arena, struct text line, struct text *out_name, struct text *out_bytes);
static bool signed_by(struct text origin, const struct signature_public_key *key, struct text bytes);

bool
audit_origin_is_sound(struct text origin)
{
    for (size_t i = 0; i < origin.length; i++)
        if (origin.bytes[i] <= ' ' || origin.bytes[i] > '~' || origin.bytes[i] == '+')
            return false;
    return origin.length > 0 && origin.length <= ORIGIN_MAX_BYTES;
}

static bool
is_plain_text(struct text note)
{
    for (size_t i = 0; i < note.length; i++)
        if ((unsigned char)note.bytes[i] < ' ' && note.bytes[i] != '\n')
            return false;
    return text_is_utf8(note);
}

bool
audit_checkpoint_parse(struct arena *arena, struct text note, struct audit_checkpoint *out_checkpoint,
                       struct error *err)
{
    struct audit_checkpoint checkpoint = {0};
    ptrdiff_t blank =
        text_find(note, TEXT("\n\n")); /* the only one: a checkpoint's own lines are not empty */
    if (note.length > AUDIT_CHECKPOINT_MAX_BYTES)
        return error_set(err, ERROR_INVALID, "it is over %d bytes", AUDIT_CHECKPOINT_MAX_BYTES);
    if (!is_plain_text(note))
        return error_set(err, ERROR_INVALID, "it is not UTF-8 text without control characters");
    if (blank < 0 || !text_ends_with(note, TEXT("\n")))
        return error_set(err, ERROR_INVALID, "it has no blank line before its signatures, or no end");
    checkpoint.signed_bytes = text_slice(note, 0, (size_t)blank + 1);
    checkpoint.signature_lines = text_slice(note, (size_t)blank + 2, note.length);
    if (!read_head(arena, checkpoint.signed_bytes, &checkpoint, err) ||
        !check_signature_lines(arena, checkpoint.signature_lines, err))
        return false;
    *out_checkpoint = checkpoint;
    return true;
}

/* Lines after the third are extensions: signed, and nothing to us. */
static bool
read_head(struct arena *arena, struct text body, struct audit_checkpoint *checkpoint, struct error *err)
{
    struct text rest = body, root = {0};
    checkpoint->origin = text_cut(&rest, '\n');
    struct text size = text_cut(&rest, '\n'), root_line = text_cut(&rest, '\n');
    if (text_is_empty(checkpoint->origin))
        return error_set(err, ERROR_INVALID, "its first line, the origin, is empty");
    if (!parse_uint64(size, INT64_MAX, &checkpoint->head.size))
        return error_set(err, ERROR_INVALID, "its second line is not a number of rows");
    if (!digest_base64_decode(arena, root_line, &root) || root.length != DIGEST_SHA256_BYTES)
        return error_set(err, ERROR_INVALID, "its third line is not a hash of 32 bytes in base64");
    memcpy(checkpoint->head.root.bytes, root.bytes, root.length);
    return true;
}

static bool
check_signature_lines(struct arena *arena, struct text lines, struct error *err)
{
    struct text rest = lines, name, bytes;
    if (text_is_empty(lines))
        return error_set(err, ERROR_INVALID, "it has no signature");
    while (rest.length > 0)
        if (!read_signature(arena, text_cut(&rest, '\n'), &name, &bytes))
            return error_set(err, ERROR_INVALID, "a line below its blank line is not a signature");
    return true;
}

/* out_bytes: the key's id and the signature itself. */
static bool
read_signature(struct arena *arena, struct text line, struct text *out_name, struct text *out_bytes)
{
    struct text start = TEXT(AUDIT_SIGNATURE_START);
    struct text rest = text_slice(line, start.length, line.length);
    if (!text_starts_with(line, start))
        return false;
    *out_name = text_cut(&rest, ' ');
    return out_name->length > 0 && text_find_byte(*out_name, '+') < 0 &&
           digest_base64_decode(arena, rest, out_bytes) && out_bytes->length > KEY_ID_BYTES;
}

static struct key_id
key_id_of(struct text origin, const struct signature_public_key *key)
{
    uint8_t digest[DIGEST_SHA256_BYTES];
    struct key_id id;
    static const char type[] = {'\n', ED25519_TYPE};
    const struct text parts[] = {
        origin, {type, sizeof(type)}, {(const char *)key->bytes, sizeof(key->bytes)}};
    digest_sha256_joined(parts, COUNT_OF(parts), digest);
    memcpy(id.bytes, digest, sizeof(id.bytes));
    return id;
}

bool
audit_checkpoint_sign(struct arena *arena, const struct audit_signer *signer, const struct merkle_head *head,
                      struct text *out_note, struct error *err)
{
    struct text origin = signer->origin;
    struct signature_public_key public = signature_key_public(signer->key);
    struct key_id id = key_id_of(origin, &public);
    uint8_t bytes[KEY_ID_BYTES + SIGNATURE_BYTES];
    struct buffer note;
    if (!audit_origin_is_sound(origin))
        return error_set(err, ERROR_INVALID,
                         "the origin \"%.*s\" is not printable ASCII without blanks and '+' (example: "
                         "weir.example/audit)",
                         TEXT_ARG(origin));
    buffer_init(&note, arena, 512);
    buffer_add_text(&note, origin);
    buffer_print(&note, "\n%llu\n", (unsigned long long)head->size);
    buffer_add_text(&note, digest_base64(arena, head->root.bytes, sizeof(head->root.bytes)));
    buffer_add_byte(&note, '\n');
    memcpy(bytes, id.bytes, sizeof(id.bytes));
    if (!signature_sign(signer->key, buffer_text(&note), bytes + KEY_ID_BYTES, err))
        return false;
    buffer_add_string(&note, "\n" AUDIT_SIGNATURE_START);
    buffer_add_text(&note, origin);
    buffer_add_byte(&note, ' ');
    buffer_add_text(&note, digest_base64(arena, bytes, sizeof(bytes)));
    buffer_add_byte(&note, '\n');
    *out_note = buffer_text(&note);
    return true;
}

bool
audit_checkpoint_verify(struct arena *arena, const struct audit_checkpoint *checkpoint,
                        const struct audit_keys *keys, size_t *out_key, struct error *err)
{
    struct text rest = checkpoint->signature_lines, name, bytes;
    bool is_signed = false;
    while (rest.length > 0) {
        if (!read_signature(arena, text_cut(&rest, '\n'), &name, &bytes) ||
            !text_equals(name, checkpoint->origin))
            continue;
        for (size_t i = 0; i < keys->count; i++) {
            if (!signed_by(checkpoint->origin, &keys->items[i], bytes))
                continue;
            struct text signature = text_slice(bytes, KEY_ID_BYTES, bytes.length);
            if (!signature_verifies(&keys->items[i], checkpoint->signed_bytes, signature))
                return error_set(err, ERROR_DENIED, "its signature is not that of its key");
            is_signed = true;
            *out_key = i;
        }
    }
    return is_signed || error_set(err, ERROR_DENIED, "none of the given keys signed it");
}

/* Whether the signature names this key; that it is the key's is another question. */
static bool
signed_by(struct text origin, const struct signature_public_key *key, struct text bytes)
{
    struct key_id id = key_id_of(origin, key);
    return memcmp(bytes.bytes, id.bytes, sizeof(id.bytes)) == 0;
}

struct text
audit_verifier_key(struct arena *arena, struct text origin, const struct signature_public_key *key)
{
    struct key_id id = key_id_of(origin, key);
    uint8_t bytes[1 + sizeof(key->bytes)] = {ED25519_TYPE};
    memcpy(bytes + 1, key->bytes, sizeof(key->bytes));
    return text_format(arena, "%.*s+%.*s+%.*s", TEXT_ARG(origin),
                       TEXT_ARG(digest_hex(arena, id.bytes, sizeof(id.bytes))),
                       TEXT_ARG(digest_base64(arena, bytes, sizeof(bytes))));
}
