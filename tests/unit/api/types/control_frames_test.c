/* Control frames there and back, and the names of configs. */
#include <criterion/criterion.h>

#include "api/types/control_frames.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "tests/unit/api/types/given.h"

TestSuite(control_frame, .init = given_fresh_arena, .fini = end_arena);

static struct control_frame
there_and_back(const struct control_frame *frame)
{
    struct buffer message;
    struct control_frame read;
    struct error err = {0};
    buffer_init(&message, test_arena, 256);
    control_frame_print(test_arena, frame, &message);
    cr_assert(control_frame_parse(test_arena, buffer_text(&message), &read, &err), "%s", err.message);
    return read;
}

Test(control_frame, carries_a_hello)
{
    struct control_frame frame = {.type = CONTROL_HELLO,
                                  .hello = {.workspace = TEXT("demo"),
                                            .environment = TEXT("dev"),
                                            .gateway = TEXT("gateway-1"),
                                            .pid = 42,
                                            .port = 8080,
                                            .epoch = 3,
                                            .revision = TEXT("1-9f2c41")}};

    struct control_frame read = there_and_back(&frame);

    cr_assert_eq(read.type, CONTROL_HELLO);
    cr_assert(text_equals(read.hello.workspace, TEXT("demo")));
    cr_assert_eq(read.hello.pid, 42);
    cr_assert_eq(read.hello.port, 8080);
    cr_assert_eq(read.hello.admin_port, 0);
    cr_assert(text_equals(read.hello.revision, TEXT("1-9f2c41")));
}

Test(control_frame, carries_a_snapshot_with_its_config_unchanged)
{
    const struct document *config = given_document("{version: 1, workspace: demo, callers: [{name: ada}]}");
    struct control_frame frame = {.type = CONTROL_SNAPSHOT,
                                  .snapshot = {.epoch = 7,
                                               .revision = TEXT("2-abcdef"),
                                               .hash = gateway_config_hash(test_arena, config),
                                               .config = config}};

    struct control_frame read = there_and_back(&frame);

    cr_assert_eq(read.snapshot.epoch, 7);
    cr_assert(document_equals(read.snapshot.config, config));
    cr_assert(text_equals(gateway_config_hash(test_arena, read.snapshot.config), read.snapshot.hash));
}

Test(control_frame, carries_a_verdict_with_its_reason)
{
    struct control_frame frame = {
        .type = CONTROL_NACK,
        .verdict = {.epoch = 7, .revision = TEXT("2-abcdef"), .reason = TEXT("version 9")}};

    struct control_frame read = there_and_back(&frame);

    cr_assert_eq(read.type, CONTROL_NACK);
    cr_assert(text_equals(read.verdict.reason, TEXT("version 9")));
}

static const char *
refused(const char *message)
{
    struct control_frame frame;
    struct error err = {0};
    cr_assert_not(control_frame_parse(test_arena, text_of(message), &frame, &err));
    return text_c_string(test_arena, text_of(err.message));
}

Test(control_frame, is_refused_when_it_is_not_one)
{
    cr_assert(strstr(refused("{"), "reading a control frame"));
    cr_assert(strstr(refused("{\"type\":\"Bye\"}"), "not one of Hello, Snapshot, Ack, Nack"));
    cr_assert(strstr(refused("{\"type\":\"Ack\"}"), "needs \"verdict\""));
    cr_assert(strstr(refused("{\"type\":\"Ack\",\"verdict\":{\"epoch\":1}}"), "verdict.revision"));
    cr_assert(strstr(refused("{\"type\":\"Ack\",\"hello\":{}}"), "needs \"verdict\""));
}

Test(gateway_config, has_the_same_hash_in_any_order_of_keys, .init = given_fresh_arena, .fini = end_arena)
{
    struct text a = gateway_config_hash(test_arena, given_document("{a: 1, b: {c: x, d: z}}"));
    struct text b = gateway_config_hash(test_arena, given_document("{b: {d: z, c: x}, a: 1}"));
    struct text other = gateway_config_hash(test_arena, given_document("{b: {d: z, c: x}, a: 2}"));

    cr_assert_eq(a.length, 64);
    cr_assert(text_equals(a, b));
    cr_assert_not(text_equals(a, other));
}

Test(gateway_config, has_a_revision_of_generation_and_hash, .init = given_fresh_arena, .fini = end_arena)
{
    struct text revision = gateway_config_revision(test_arena, 12, TEXT("9f2c41d0"));

    cr_assert(text_equals(revision, TEXT("12-9f2c41")));
}
