/* Checkpoints against ones made by Python's Ed25519, key names against Go's signed-note, and strictness. */
#include <criterion/criterion.h>

#include "api/audit/audit_checkpoint_reader.h"
#include "lib/base/error.h"
#include "tests/unit/api/audit/given.h"

TestSuite(audit_checkpoint, .init = given_fresh_arena, .fini = end_arena);

static struct audit_checkpoint
parsed(struct text note)
{
    struct audit_checkpoint checkpoint;
    struct error err = {0};
    cr_assert(audit_checkpoint_parse(test_arena, note, &checkpoint, &err), "%s", err.message);
    return checkpoint;
}

static bool
is_signed(struct text note, struct error *err)
{
    struct audit_checkpoint checkpoint;
    struct audit_keys keys = given_keys();
    size_t key = 7;
    return audit_checkpoint_parse(test_arena, note, &checkpoint, err) &&
           audit_checkpoint_verify(test_arena, &checkpoint, &keys, &key, err) && key == 0;
}

Test(audit_checkpoint, is_byte_for_byte_what_python_signs)
{
    struct text rest = given_golden("checkpoints.txt");
    struct error err = {0};
    while (rest.length > 0) {
        ptrdiff_t body = text_find(rest, TEXT("\n\n"));
        struct text behind = text_slice(rest, (size_t)body + 2, rest.length);
        size_t length = (size_t)body + 2 + (size_t)text_find(behind, TEXT("\n\n")) + 1;
        struct text note = text_slice(rest, 0, length);
        struct audit_checkpoint checkpoint = parsed(note);

        cr_expect(is_signed(note, &err), "%s", err.message);
        cr_expect(text_equals(given_checkpoint(&checkpoint.head), note));
        rest = text_slice(rest, length + 1, rest.length);
    }
}

Test(audit_checkpoint, names_keys_as_other_tools_do)
{
    struct signature_public_key key;
    cr_assert(digest_parse_hex(TEXT("1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6"),
                               key.bytes, sizeof(key.bytes)));

    cr_expect(text_equals(audit_verifier_key(test_arena, TEXT("PeterNeumann"), &key),
                          TEXT("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")));
}

Test(audit_checkpoint, does_not_stand_with_any_bit_flipped)
{
    struct merkle_head head = given_head(given_log(5), 5);
    struct text note = given_checkpoint(&head);
    for (size_t bit = 0; bit < note.length * 8; bit++) {
        char *changed = arena_copy(test_arena, note.bytes, note.length);
        struct error err = {0};
        changed[bit / 8] = (char)(changed[bit / 8] ^ (1 << bit % 8));
        cr_assert_not(is_signed((struct text){changed, note.length}, &err), "bit %zu", bit);
    }
}

Test(audit_checkpoint, does_not_stand_when_it_is_cut)
{
    struct merkle_head head = given_head(given_log(5), 5);
    struct text note = given_checkpoint(&head);
    struct error err = {0};
    for (size_t length = 0; length < note.length; length++)
        cr_assert_not(is_signed(text_slice(note, 0, length), &err), "%zu bytes", length);
}

static struct text
with_line(struct text note, const char *line)
{
    return text_format(test_arena, "%.*s%s", TEXT_ARG(note), line);
}

Test(audit_checkpoint, passes_over_signatures_of_others_and_keys_it_was_not_given)
{
    struct merkle_head head = given_head(given_log(5), 5);
    struct text note = given_checkpoint(&head);
    struct audit_checkpoint checkpoint = parsed(note);
    struct audit_keys keys = given_keys(), others = {.count = 2};
    struct signature_key *other = NULL;
    struct error err = {0};
    size_t key = 0;
    cr_assert(signature_key_new(test_arena, &other, NULL));
    others.items[0] = signature_key_public(other);
    others.items[1] = keys.items[0];

    cr_expect(is_signed(with_line(note, "\xe2\x80\x94 witness.example AAAAAAAA\n"), &err), "%s", err.message);
    cr_expect(is_signed(with_line(note, "\xe2\x80\x94 weir.example/audit AAAAAAAA\n"), &err), "%s",
              err.message);
    cr_expect(audit_checkpoint_verify(test_arena, &checkpoint, &others, &key, &err));
    cr_expect_eq(key, 1);
    others.count = 1;
    cr_expect_not(audit_checkpoint_verify(test_arena, &checkpoint, &others, &key, &err));
    cr_expect_eq(err.kind, ERROR_DENIED);
    cr_expect_str_eq(err.message, "none of the given keys signed it");
}

/* C2SP signed-note: one wrong signature of a known key spoils the note, though another one is right. */
Test(audit_checkpoint, does_not_stand_with_a_wrong_signature_of_a_known_key_beside_a_right_one)
{
    struct given_log *log = given_log(5);
    struct merkle_head head = given_head(log, 5), other = given_head(log, 4);
    struct text note = given_checkpoint(&head), foreign = given_checkpoint(&other);
    ptrdiff_t line = text_find(foreign, TEXT("\xe2\x80\x94"));
    struct error err = {0};

    cr_expect_not(
        is_signed(with_line(note, text_c_string(test_arena, text_slice(foreign, (size_t)line, 999))), &err));
    cr_expect_str_eq(err.message, "its signature is not that of its key");
}

static void
expect_refused(const char *note, const char *words)
{
    struct audit_checkpoint checkpoint;
    struct error err = {0};
    cr_assert_not(audit_checkpoint_parse(test_arena, text_of(note), &checkpoint, &err), "%s", note);
    cr_expect(strstr(err.message, words), "%s: %s", note, err.message);
}

#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
#define SIGNED "\n\xe2\x80\x94 a AAAAAAAA\n"

Test(audit_checkpoint, is_read_strictly)
{
    (void)parsed(TEXT("a\n0\n" ROOT SIGNED));
    (void)parsed(TEXT("a b\xc3\xa9\n0\n" ROOT "an extension\n" SIGNED));

    expect_refused("", "no blank line");
    expect_refused("a\n0\n" ROOT, "no blank line");
    expect_refused("\n0\n" ROOT SIGNED, "the origin, is empty");
    expect_refused("a\n00\n" ROOT SIGNED, "not a number of rows");
    expect_refused("a\n+1\n" ROOT SIGNED, "not a number of rows");
    expect_refused("a\n9223372036854775808\n" ROOT SIGNED, "not a number of rows");
    expect_refused("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n" SIGNED, "not a hash");
    expect_refused("a\n0\nAAAA\n" SIGNED, "not a hash");
    expect_refused("a\n0\n" SIGNED, "not a hash");
    expect_refused("a\n0\n" ROOT "\n", "no signature");
    expect_refused("a\n0\n" ROOT "\n- a AAAAAAAA\n", "not a signature");
    expect_refused("a\n0\n" ROOT "\n\xe2\x80\x94 a AAAA\n", "not a signature");
    expect_refused("a\n0\n" ROOT "\n\xe2\x80\x94 a+b AAAAAAAA\n", "not a signature");
    expect_refused("a\n0\n" ROOT "\n\xe2\x80\x94 a AAAAAAAA", "or no end");
    expect_refused("a\n0\n" ROOT "\n\xe2\x80\x94 a AAAAAAAA\n\n", "not a signature");
    expect_refused("a\r\n0\n" ROOT SIGNED, "control characters");
    expect_refused("a\xff\n0\n" ROOT SIGNED, "UTF-8");
}

Test(audit_checkpoint, is_signed_for_sound_origins_only)
{
    struct merkle_head head = {0};
    struct text note;
    cr_expect_not(audit_checkpoint_sign(test_arena, &(const struct audit_signer){TEXT("a b"), given_key()},
                                        &head, &note, NULL));
    cr_expect_not(audit_checkpoint_sign(test_arena, &(const struct audit_signer){TEXT("a+b"), given_key()},
                                        &head, &note, NULL));
    cr_expect_not(audit_checkpoint_sign(test_arena, &(const struct audit_signer){TEXT("a\nb"), given_key()},
                                        &head, &note, NULL));
    cr_expect_not(audit_checkpoint_sign(
        test_arena, &(const struct audit_signer){(struct text){0}, given_key()}, &head, &note, NULL));
}

static void
expect_read(struct audit_checkpoint_reader *reader, struct audit_noted expected)
{
    struct audit_noted noted;
    struct error err = {0};
    cr_assert(audit_checkpoint_reader_next(reader, &noted, &err), "%s", err.message);
    cr_expect_eq(noted.number, expected.number);
    cr_expect_eq(noted.line, expected.line);
    cr_expect_eq(noted.end_bytes, expected.end_bytes);
    cr_expect_eq(noted.is_last_line_blank, expected.is_last_line_blank);
}

Test(audit_checkpoint, is_found_in_a_file_with_its_number_and_line)
{
    struct audit_checkpoint_reader *reader = NULL;
    struct audit_noted noted;
    struct error err = {0};
    const char *path =
        given_file("c", TEXT("a\n0\n" ROOT SIGNED "\na\n1\n" ROOT "x\n" SIGNED "\na\n2\n" ROOT SIGNED));
    cr_assert(audit_checkpoint_reader_open(test_arena, path, &reader, NULL));

    expect_read(reader,
                (struct audit_noted){.number = 1, .line = 1, .end_bytes = 66, .is_last_line_blank = true});
    expect_read(reader,
                (struct audit_noted){.number = 2, .line = 7, .end_bytes = 134, .is_last_line_blank = true});
    expect_read(reader, (struct audit_noted){.number = 3, .line = 14, .end_bytes = 199});
    cr_expect_not(audit_checkpoint_reader_next(reader, &noted, &err));
    cr_expect_eq(err.kind, ERROR_NONE);
}
