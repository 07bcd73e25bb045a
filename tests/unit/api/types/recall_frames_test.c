/* What gateways ask each other about a key, there and back, and its bounds. */
#include "api/types/ledger_frames.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/unit/api/types/given.h"

TestSuite(recall_frame, .init = given_fresh_arena, .fini = end_arena);

static struct text
printed(const struct ledger_frame *frame)
{
    struct buffer message;
    buffer_init(&message, test_arena, 256);
    ledger_frame_print(test_arena, frame, &message);
    return buffer_text(&message);
}

static struct ledger_frame
carried(const struct ledger_frame *frame)
{
    struct ledger_frame read;
    struct error err = {0};
    cr_assert(ledger_frame_parse(test_arena, printed(frame), &read, &err), "%s", err.message);
    cr_assert_eq(read.type, frame->type);
    return read;
}

static void
expect_refused(struct text message, const char *words)
{
    struct ledger_frame read;
    struct error err = {0};
    cr_assert_not(ledger_frame_parse(test_arena, message, &read, &err));
    cr_assert_not_null(strstr(err.message, words), "%s", err.message);
}

#define DIGEST "98483c6eb40b6c31a448c22a66ded3b5e5e8d5119cac8327b655c8b5c4836489"

Test(recall_frame, carries_what_is_asked_about_a_key_and_what_is_known)
{
    struct ledger_frame recall = carried(&(struct ledger_frame){
        .type = LEDGER_RECALL,
        .recall = {.number = 7, .caller = TEXT("ada"), .key = TEXT("k-1"), .digest = TEXT(DIGEST)}});
    cr_assert_eq(recall.recall.number, 7);
    cr_assert(text_equals(recall.recall.caller, TEXT("ada")) && text_equals(recall.recall.key, TEXT("k-1")));
    cr_assert(text_equals(recall.recall.digest, TEXT(DIGEST)));

    struct ledger_frame recalled =
        carried(&(struct ledger_frame){.type = LEDGER_RECALLED,
                                       .recalled = {.number = 7,
                                                    .verdict = RECALL_ANSWERED,
                                                    .call = TEXT("01A"),
                                                    .content_type = TEXT("text/plain"),
                                                    .body = TEXT("aGVsbG8=")}});
    cr_assert_eq(recalled.recalled.verdict, RECALL_ANSWERED);
    cr_assert(text_equals(recalled.recalled.body, TEXT("aGVsbG8=")));
    cr_assert(text_equals(recalled.recalled.content_type, TEXT("text/plain")));
    cr_assert(text_equals(recalled.recalled.call, TEXT("01A")));
    recalled.recalled = (struct ledger_recalled){.number = 8, .verdict = RECALL_UNKNOWN, .is_partial = true};
    cr_assert(carried(&recalled).recalled.is_partial);
}

Test(recall_frame, refuses_of_a_key_what_goes_beyond_its_bounds)
{
    struct ledger_frame long_body = {.type = LEDGER_RECALLED,
                                     .recalled = {.number = 1, .verdict = RECALL_ANSWERED}};
    char *body = arena_alloc(test_arena, RECALL_BODY_MAX_BYTES + 1);
    memset(body, 'A', RECALL_BODY_MAX_BYTES + 1);
    long_body.recalled.body = (struct text){body, RECALL_BODY_MAX_BYTES};
    cr_assert_eq(carried(&long_body).recalled.body.length, (size_t)RECALL_BODY_MAX_BYTES);
    long_body.recalled.body.length++;
    expect_refused(printed(&long_body), "recalled.body");
    expect_refused(TEXT("{\"type\":\"Recalled\",\"recalled\":{\"number\":1,\"verdict\":\"Answered\","
                        "\"contentType\":\"a\\r\\nb: c\"}}"),
                   "recalled.contentType");
    expect_refused(TEXT("{\"type\":\"Recall\",\"recall\":{\"number\":1,\"caller\":\"ada\",\"key\":\"k\","
                        "\"digest\":\"98\"}}"),
                   "recall.digest");
    cr_assert(recall_can_say(TEXT("text/event-stream; charset=utf-8")));
    cr_assert_not(recall_can_say(TEXT("text/\xff")));
}

/* What programs of before know of `beside` they refuse more of; the member they do not look at. */
Test(recall_frame, says_what_the_sender_knows_beside_all_that_programs_of_before_look_at)
{
    struct ledger_frame read, frame = {.type = LEDGER_ACK, .ack = {.next = 3}, .knows = {.recall = true}};
    struct error err = {0};
    cr_assert_eq(text_find(printed(&frame), TEXT("beside")), -1);
    cr_assert(text_find(printed(&frame), TEXT("\"knows\":{\"recall\":true}")) > 0);
    cr_assert(carried(&frame).knows.recall);
    cr_assert(ledger_frame_parse(
                  test_arena,
                  TEXT("{\"type\":\"Ack\",\"ack\":{\"next\":3},\"knows\":{\"recall\":true,\"later\":1}}"),
                  &read, &err),
              "%s", err.message);
    cr_assert(read.knows.recall);
}
