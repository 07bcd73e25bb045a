/* The stream to the operator, over a real socket: what becomes live, what is refused, what is kept on disk.
 */
#include <criterion/criterion.h>

#include "api/types/control_frames.h"
#include "gateway/config_store.h"
#include "gateway/control.h"
#include "gateway/credentials.h"
#include "gateway/gateway.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "lib/net/websocket.h"
#include "tests/support/gateway_harness.h"

enum { MOST_FRAMES = 8 };

/* A scripted operator: answers the hello with its snapshots and stops the loop when each has been answered.
 */
static struct played_operator {
    struct websocket_server *server;
    struct text snapshots[MOST_FRAMES];
    size_t snapshot_count;
    struct control_frame answers[MOST_FRAMES];
    size_t answer_count;
    struct control_hello hello;
} operator;

static struct harness *harness;
static struct arena *arena;
static struct control *control;
static struct live_config_site *site;
static char folder[] = "/tmp/weir-test-XXXXXX";

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    (void)owner;
    struct control_frame frame;
    struct error err;
    cr_assert(control_frame_parse(arena, text_copy(arena, message), &frame, &err), "%s", err.message);
    if (frame.type == CONTROL_HELLO) {
        operator.hello = frame.hello;
        for (size_t i = 0; i < operator.snapshot_count; i++)
            websocket_stream_send(stream, operator.snapshots[i]);
        return;
    }
    operator.answers[operator.answer_count++] = frame;
    if (operator.answer_count == operator.snapshot_count)
        loop_stop(harness_gateway(harness)->site.loop);
}

static void
on_stream(void *owner, struct websocket_stream *stream)
{
    (void)owner;
    (void)stream;
}

static const char *
in_folder(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

static void
given_operator(void)
{
    struct error err;
    harness = harness_start(NULL);
    arena = harness_arena(harness);
    site = harness_site(harness);
    cr_assert_not_null(mkdtemp(folder));
    const struct websocket_options streams = {
        .loop = harness_gateway(harness)->site.loop,
        .unix_path = in_folder("control.sock"),
        .max_message_bytes = CONTROL_MAX_FRAME_BYTES,
        .events = {.on_open = on_stream, .on_message = on_message, .on_close = on_stream}};
    cr_assert(websocket_server_start(arena, &streams, &operator.server, &err), "%s", err.message);
}

static void
end_operator(void)
{
    if (control)
        control_close(control);
    websocket_server_close(operator.server);
    unlink(in_folder("config.json"));
    harness_end(harness);
    rmdir(folder);
}

TestSuite(control, .init = given_operator, .fini = end_operator);

static struct text
snapshot_with(int64_t epoch, const char *revision, const char *config_json, const char *secret)
{
    struct document *config;
    struct buffer out;
    cr_assert(json_parse(arena, text_of(config_json), TEXT("config"), &config, NULL));
    struct control_secret secrets[] = {{.file = TEXT("openai-key"), .value = text_of(secret)}};
    const struct control_frame frame = {.type = CONTROL_SNAPSHOT,
                                        .snapshot = {.epoch = epoch,
                                                     .revision = text_of(revision),
                                                     .hash = gateway_config_hash(arena, config),
                                                     .config = config,
                                                     .secrets = {secrets, secret ? 1 : 0}}};
    buffer_init(&out, arena, 0);
    control_frame_print(arena, &frame, &out);
    return buffer_text(&out);
}

static struct text
snapshot(int64_t epoch, const char *revision, const char *config_json)
{
    return snapshot_with(epoch, revision, config_json, NULL);
}

static void
run_with(const char *credentials)
{
    const struct control_options options = {.address = in_folder("control.sock"),
                                            .state_folder = folder,
                                            .credentials_folder = credentials,
                                            .port = 8080,
                                            .site = site};
    site->credentials = credentials;
    control = control_start(arena, harness_gateway(harness), &options);
    loop_run(harness_gateway(harness)->site.loop);
}

static void
run(void)
{
    run_with(NULL);
}

#define GOOD "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\"}"

Test(control, says_hello_and_acknowledges_what_became_live)
{
    operator.snapshots[operator.snapshot_count++] = snapshot(4, "1-aaa", GOOD);

    run();

    cr_assert(text_equals(operator.hello.workspace, TEXT("demo")));
    cr_assert_eq(operator.hello.port, 8080);
    cr_assert_eq(operator.answers[0].type, CONTROL_ACK);
    cr_assert(text_equals(harness_gateway(harness)->config->revision, TEXT("1-aaa")));
}

Test(control, keeps_what_is_live_when_the_next_one_is_bad)
{
    operator.snapshots[operator.snapshot_count++] = snapshot(4, "1-aaa", GOOD);
    operator.snapshots[operator.snapshot_count++] = snapshot(4, "2-bbb", "{\"version\":9}");
    operator.snapshots[operator.snapshot_count++] = snapshot(3, "3-ccc", GOOD);
    operator.snapshots[operator.snapshot_count++] = snapshot(
        4, "4-ddd",
        "{\"version\":1,\"workspace\":\"other\",\"environment\":\"dev\",\"tier\":\"Development\"}");

    run();

    cr_assert_eq(operator.answers[1].type, CONTROL_NACK);
    cr_assert(text_find(operator.answers[1].verdict.reason, TEXT("version 9 is not known")) >= 0);
    cr_assert_eq(operator.answers[2].type, CONTROL_NACK);
    cr_assert(text_find(operator.answers[2].verdict.reason, TEXT("epoch 3 is behind 4")) >= 0);
    cr_assert_eq(operator.answers[3].type, CONTROL_NACK);
    cr_assert(text_equals(harness_gateway(harness)->config->revision, TEXT("1-aaa")));
}

Test(control, keeps_the_last_good_config_for_the_next_start)
{
    operator.snapshots[operator.snapshot_count++] = snapshot(4, "1-aaa", GOOD);
    operator.snapshots[operator.snapshot_count++] = snapshot(5, "2-bbb", GOOD);
    operator.snapshots[operator.snapshot_count++] = snapshot(5, "3-ccc", "{\"version\":9}");
    run();

    struct live_config *config;
    struct error err;
    cr_assert(config_store_load_last(site, folder, &config, &err), "%s", err.message);
    cr_assert(text_equals(config->revision, TEXT("2-bbb")));
    cr_assert_eq(config->epoch, 5);
    live_config_unref(config);
}

Test(control, refuses_a_stored_config_that_somebody_edited)
{
    struct live_config *config;
    struct error err;
    struct text message = snapshot(4, "1-aaa", GOOD);
    char *edited = text_c_string(arena, message);
    memcpy(strstr(edited, "Development"), "development", 1);
    cr_assert(config_store_keep(folder, text_of(edited), &err));

    cr_assert_not(config_store_load_last(site, folder, &config, &err));
    cr_assert(strstr(err.message, "hash"), "%s", err.message);

    unlink(in_folder("config.json"));
    cr_assert_not(config_store_load_last(site, folder, &config, &err));
    cr_assert_eq(err.kind, ERROR_NOT_FOUND);
}

#define KEYED                                                                                                \
    "{\"version\":1,\"workspace\":\"demo\",\"environment\":\"dev\",\"tier\":\"Development\",\"providers\":[" \
    "{"                                                                                                      \
    "\"name\":\"p\",\"type\":\"OpenAI\",\"baseUrl\":\"http://"                                               \
    "127.0.0.1:9\"}],\"models\":[{\"name\":\"m\",\"targets\":"                                               \
    "[{\"provider\":\"p\",\"model\":\"m\",\"credentialFile\":\"openai-key\"}]}]}"

static const struct live_target *
only_target(void)
{
    return &live_config_find_model(harness_gateway(harness)->config, TEXT("m"))->targets[0];
}

static void
end_credentials(const char *credentials)
{
    unlink(text_c_string(arena, text_format(arena, "%s/openai-key", credentials)));
    rmdir(credentials);
}

Test(control, secrets_are_there_before_the_config_that_names_them_and_never_on_disk_with_it)
{
    struct text kept;
    const char *credentials = in_folder("credentials");
    cr_assert(credentials_open(credentials, NULL));
    operator.snapshots[operator.snapshot_count++] = snapshot_with(4, "1-aaa", KEYED, "sk-first");

    run_with(credentials);

    cr_assert_eq(operator.answers[0].type, CONTROL_ACK);
    cr_assert(text_equals(only_target()->credential, TEXT("sk-first")));
    cr_assert(file_read(arena, in_folder("config.json"), 65536, &kept, NULL));
    cr_assert(text_find(kept, TEXT("sk-first")) < 0 && text_find(kept, TEXT("1-aaa")) >= 0);
    end_credentials(credentials);
}

Test(control, a_new_secret_under_the_same_revision_is_used)
{
    const char *credentials = in_folder("credentials");
    cr_assert(credentials_open(credentials, NULL));
    operator.snapshots[operator.snapshot_count++] = snapshot_with(4, "1-aaa", KEYED, "sk-first");
    operator.snapshots[operator.snapshot_count++] = snapshot_with(4, "1-aaa", KEYED, "sk-second");

    run_with(credentials);

    cr_assert_eq(operator.answers[1].type, CONTROL_ACK);
    cr_assert(text_equals(only_target()->credential, TEXT("sk-second")));
    end_credentials(credentials);
}

Test(control, a_secret_that_is_gone_leaves_its_target_with_a_reason)
{
    const char *credentials = in_folder("credentials");
    cr_assert(credentials_open(credentials, NULL));
    operator.snapshots[operator.snapshot_count++] = snapshot_with(4, "1-aaa", KEYED, "sk-first");
    operator.snapshots[operator.snapshot_count++] = snapshot(4, "1-aaa", KEYED);

    run_with(credentials);

    cr_assert(text_find(only_target()->problem, TEXT("has not come from the operator")) >= 0, "%.*s",
              TEXT_ARG(only_target()->problem));
    end_credentials(credentials);
}

Test(control, secrets_without_a_folder_for_them_are_refused)
{
    operator.snapshots[operator.snapshot_count++] = snapshot_with(4, "1-aaa", KEYED, "sk-first");

    run();

    cr_assert_eq(operator.answers[0].type, CONTROL_NACK);
    cr_assert(text_find(operator.answers[0].verdict.reason, TEXT("--credentials")) >= 0);
}
