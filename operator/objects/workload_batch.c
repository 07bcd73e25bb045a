/* The pod of a Batch: `weir batch` from the tools image, with its files mounted. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "operator/objects/batch_files.h"
#include "operator/objects/names.h"

#define INPUT_FOLDER "/run/weir/input"
#define OUTPUT_FOLDER "/run/weir/output"
#define INPUT_TOKEN_FOLDER "/run/weir/input-token"
#define RUN_VARIABLE "WEIR_RUN"
#define TOOLS_USER 65532 /* of the tools image: the group that may write to the output's volume */

static void put_input(struct pod_parts *parts, const struct batch_workload *batch);
static void put_output(struct pod_parts *parts, const struct batch_workload *batch);
static struct text run_path(struct arena *arena, struct text path, bool is_scheduled, const char *suffix);
static void put_option(struct pod_parts *parts, const char *option, struct text value);
static void put_claim(struct pod_parts *parts, const char *name, const char *folder, struct text claim);

static const char *const endpoint_paths[] = {
    [BATCH_ENDPOINT_CHAT_COMPLETIONS] = "/v1/chat/completions",
    [BATCH_ENDPOINT_COMPLETIONS] = "/v1/completions",
    [BATCH_ENDPOINT_EMBEDDINGS] = "/v1/embeddings",
};

void
pod_put_batch(struct pod_parts *parts, const struct batch_workload *batch)
{
    struct arena *arena = parts->workload->arena;
    object_put_text(parts->container, "image", parts->workload->tools_image);
    object_put_int(parts->spec, "securityContext.fsGroup", TOOLS_USER);
    object_put_bool(parts->container, "securityContext.readOnlyRootFilesystem", true);
    object_put_text(parts->container, "terminationMessagePolicy", TEXT("FallbackToLogsOnError"));
    object_put_int(object_append_named(parts->container, "ports", TEXT("admin")), "containerPort",
                   WORKLOAD_ADMIN_PORT);
    pod_put_arg(parts, TEXT("batch"));
    put_input(parts, batch);
    put_output(parts, batch);
    put_option(parts, "--gateway", parts->workload->gateway_url);
    put_option(parts, "--token-file", TEXT(TOKEN_FOLDER "/token"));
    put_option(parts, "--endpoint", text_of(endpoint_paths[batch->endpoint]));
    put_option(parts, "--model", batch->model);
    put_option(parts, "--concurrency", text_format(arena, "%lld", (long long)batch->concurrency));
    put_option(parts, "--on-error", schema_enum_name(batch_on_error_names, (int)batch->on_error));
    if (batch->deadline != FIELD_UNSET)
        put_option(parts, "--deadline", print_duration(arena, batch->deadline));
    put_option(parts, "--admin", text_format(arena, "0.0.0.0:%d", WORKLOAD_ADMIN_PORT));
    put_option(parts, "--summary", TEXT("/dev/termination-log"));
}

/* A ConfigMap that is not there does not keep the pod from starting: the runner then says what is missing. */
static void
put_input(struct pod_parts *parts, const struct batch_workload *batch)
{
    struct arena *arena = parts->workload->arena;
    struct batch_place place;
    if (!batch_input_parse(batch->input.uri, &place, NULL))
        return; /* held before it comes to this */
    struct text input = batch->input.uri;
    if (place.kind == BATCH_PLACE_CONFIG_MAP) {
        struct document *volume = pod_add_volume(parts, "input", INPUT_FOLDER, true);
        object_put_text(volume, "configMap.name", place.name);
        object_put_bool(volume, "configMap.optional", true);
        input = text_format(arena, INPUT_FOLDER "/%.*s", TEXT_ARG(place.path));
    } else if (place.kind == BATCH_PLACE_CLAIM) {
        struct batch_place output;
        bool is_shared =
            batch_output_parse(batch->output.uri, &output, NULL) && text_equals(output.name, place.name);
        if (!is_shared)
            put_claim(parts, "input", INPUT_FOLDER, place.name);
        input = text_format(arena, "%s/%.*s", is_shared ? OUTPUT_FOLDER : INPUT_FOLDER, TEXT_ARG(place.path));
    }
    put_option(parts, "--input", input);
    if (batch->input.credentials_ref.source) {
        struct document *volume = pod_add_volume(parts, "input-token", INPUT_TOKEN_FOLDER, true);
        object_put_text(volume, "secret.secretName", batch->input.credentials_ref.name);
        struct document *item = object_append(volume, "secret.items");
        object_put_text(item, "key", batch->input.credentials_ref.key);
        object_put_text(item, "path", TEXT("token"));
        put_option(parts, "--input-token-file", TEXT(INPUT_TOKEN_FOLDER "/token"));
    }
}

/* A run by the clock has files of its own: in the same ones it would find every line done. */
static void
put_output(struct pod_parts *parts, const struct batch_workload *batch)
{
    struct arena *arena = parts->workload->arena;
    struct batch_place place;
    if (!batch_output_parse(batch->output.uri, &place, NULL))
        return;
    bool is_scheduled = !text_is_empty(batch->schedule);
    put_claim(parts, "output", OUTPUT_FOLDER, place.name);
    if (is_scheduled) {
        struct document *run = document_new_map(arena);
        object_put_text(run, "name", TEXT(RUN_VARIABLE));
        object_put_text(run, "valueFrom.fieldRef.fieldPath",
                        TEXT("metadata.labels['batch.kubernetes.io/job-name']"));
        document_append(document_list_in(parts->container, TEXT("env")), run);
    }
    put_option(parts, "--output", run_path(arena, place.path, is_scheduled, ""));
    put_option(parts, "--errors", run_path(arena, place.path, is_scheduled, ".errors"));
}

/* "answers.jsonl" becomes "<folder>/answers-$(WEIR_RUN).errors.jsonl"; the kubelet puts in the run. */
static struct text
run_path(struct arena *arena, struct text path, bool is_scheduled, const char *suffix)
{
    size_t dot = path.length;
    for (size_t i = path.length; i > 0 && path.bytes[i - 1] != '/'; i--)
        if (path.bytes[i - 1] == '.' && dot == path.length)
            dot = i - 1;
    return text_format(arena, OUTPUT_FOLDER "/%.*s%s%s%.*s", (int)dot, path.bytes,
                       is_scheduled ? "-$(" RUN_VARIABLE ")" : "", suffix, (int)(path.length - dot),
                       path.bytes + dot);
}

static void
put_option(struct pod_parts *parts, const char *option, struct text value)
{
    pod_put_arg(parts, text_format(parts->workload->arena, "%s=%.*s", option, TEXT_ARG(value)));
}

static void
put_claim(struct pod_parts *parts, const char *name, const char *folder, struct text claim)
{
    object_put_text(pod_add_volume(parts, name, folder, false), "persistentVolumeClaim.claimName", claim);
}
