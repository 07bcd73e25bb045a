/* The first minute, as UX.md shows it. JSON events carry the same facts. */
#include "operator/local/transcript.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/local/manifest.h"
#include "operator/reconcile/alert_words.h"

struct transcript {
    FILE *file;
    bool as_json;
};

static struct document *
event_of(struct arena *arena, const char *name, const struct environment_state *state);
static void print_event(struct transcript *transcript, const struct document *event);
static void say(struct transcript *transcript, struct text line);
static void print_models(const struct environment_state *state, struct buffer *out);
static struct text plural(struct arena *arena, size_t count, const char *one, const char *many);

struct transcript *
transcript_new(struct arena *arena, FILE *file, bool as_json)
{
    struct transcript *transcript = arena_alloc(arena, sizeof(*transcript));
    *transcript = (struct transcript){.file = file, .as_json = as_json};
    return transcript;
}

void
transcript_started(struct transcript *transcript, const struct transcript_start *start)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "started", NULL);
        document_set_text(event, "folder", text_of(start->folder));
        document_set_text(event, "workspace", start->workspace);
        document_set_int(event, "environments", (int64_t)start->environments);
        document_set_int(event, "organisationPolicies", (int64_t)start->organisation_policies);
        document_set_int(event, "environmentPolicies", (int64_t)start->environment_policies);
        print_event(transcript, event);
    } else {
        say(transcript,
            text_format(scratch, "  workspace %-8.*s %.*s, %.*s, %.*s", TEXT_ARG(start->workspace),
                        TEXT_ARG(plural(scratch, start->environments, "environment", "environments")),
                        TEXT_ARG(plural(scratch, start->organisation_policies, "organisation policy",
                                        "organisation policies")),
                        TEXT_ARG(plural(scratch, start->environment_policies, "environment policy",
                                        "environment policies"))));
    }
    arena_free(scratch);
}

void
transcript_gateway_ready(struct transcript *transcript, const struct environment_state *state,
                         struct text key)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "gateway_ready", state);
        if (key.length > 0)
            document_set_text(event, "key", key);
        print_event(transcript, event);
    } else {
        struct text name =
            text_format(scratch, "%.*s/%.*s", TEXT_ARG(state->workspace), TEXT_ARG(state->environment));
        struct text how = state->started_in_ms > 0
                              ? text_format(scratch, "ready in %lld ms", (long long)state->started_in_ms)
                              : TEXT("still running");
        say(transcript, text_format(scratch, "  gateway %-10.*s %.*s   %.*s   revision %.*s", TEXT_ARG(name),
                                    TEXT_ARG(state->url), TEXT_ARG(how), TEXT_ARG(state->revision)));
    }
    arena_free(scratch);
}

void
transcript_all_ready(struct transcript *transcript, const struct transcript_try *example)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        print_event(transcript, event_of(scratch, "ready", NULL));
        arena_free(scratch);
        return;
    }
    struct buffer out;
    buffer_init(&out, scratch, 1024);
    print_models(example->state, &out);
    buffer_print(&out,
                 "\n  Try:\n    curl -s %.*s/v1/chat/completions -H \"Authorization: Bearer %.*s\" \\\n",
                 TEXT_ARG(example->state->url), TEXT_ARG(example->key));
    buffer_add_string(&out,
                      "      -H 'Content-Type: application/json' "
                      "-d '{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}'\n");
    buffer_print(&out, "    %.*s explain %.*s --model gpt-4.1 --caller local\n", TEXT_ARG(example->weir),
                 TEXT_ARG(example->explain));
    buffer_print(&out, "    $EDITOR %.*s        # takes effect as you save\n", TEXT_ARG(example->edit));
    buffer_add_string(&out, "  Ctrl-C drains and stops.");
    say(transcript, buffer_text(&out));
    arena_free(scratch);
}

void
transcript_changed(struct transcript *transcript, const struct environment_state *state, struct text change,
                   int64_t took_ms)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "changed", state);
        document_set_text(event, "change", change);
        document_set_int(event, "ackedInMs", took_ms);
        print_event(transcript, event);
    } else {
        say(transcript, text_format(scratch, "  %.*s/%.*s  revision %.*s  %.*s  acked in %lld ms",
                                    TEXT_ARG(state->workspace), TEXT_ARG(state->environment),
                                    TEXT_ARG(state->revision), TEXT_ARG(change), (long long)took_ms));
    }
    arena_free(scratch);
}

void
transcript_trouble(struct transcript *transcript, const char *event, const struct environment_state *state)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json)
        print_event(transcript, event_of(scratch, event, state));
    else
        say(transcript,
            text_format(scratch, "  %.*s/%.*s  %.*s: %.*s", TEXT_ARG(state->workspace),
                        TEXT_ARG(state->environment), TEXT_ARG(state->reason), TEXT_ARG(state->message)));
    arena_free(scratch);
}

void
transcript_drained(struct transcript *transcript, struct text namespace)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "drained", NULL);
        document_set_text(event, "namespace", namespace);
        print_event(transcript, event);
    } else {
        say(transcript, text_format(scratch, "  gateway of %.*s drained", TEXT_ARG(namespace)));
    }
    arena_free(scratch);
}

void
transcript_refused(struct transcript *transcript, const struct manifest *manifest)
{
    struct arena *scratch = arena_new(0);
    struct buffer out;
    buffer_init(&out, scratch, 1024);
    manifest_print_problems(manifest, false, &out);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "refused", NULL);
        document_set_text(event, "file", manifest->path);
        document_set_int(event, "problems", (int64_t)manifest->problems.error_count);
        document_set_text(event, "message", buffer_text(&out));
        print_event(transcript, event);
    } else {
        say(transcript, text_trim(buffer_text(&out)));
    }
    arena_free(scratch);
}

void
transcript_nothing_changed(struct transcript *transcript, size_t problems, size_t files)
{
    if (transcript->as_json)
        return;
    struct arena *scratch = arena_new(0);
    say(transcript, text_format(scratch, "%.*s in %.*s. Nothing was changed.",
                                TEXT_ARG(plural(scratch, problems, "problem", "problems")),
                                TEXT_ARG(plural(scratch, files, "file", "files"))));
    arena_free(scratch);
}

void
transcript_mended(struct transcript *transcript)
{
    transcript_note(transcript, "mended", TEXT("All files are valid again."));
}

void
transcript_alert(struct transcript *transcript, const struct raised_alert *alert)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *event = event_of(scratch, "budget_alert", NULL);
        document_set_text(event, "id", alert->id);
        document_set_text(event, "budget", alert->budget);
        document_set_text(event, "owner", alert->owner);
        document_set_text(event, "window", alert->window);
        document_set_int(event, "percent", alert->percent);
        document_set_text(event, "spent", alert->settled);
        document_set_text(event, "amount", alert->amount);
        document_set_text(event, "unit", schema_enum_name(budget_unit_names, (int)alert->unit));
        print_event(transcript, event);
    } else {
        say(transcript, text_format(scratch, "  %.*s", TEXT_ARG(alert_words(scratch, alert))));
    }
    arena_free(scratch);
}

void
transcript_note(struct transcript *transcript, const char *event, struct text message)
{
    struct arena *scratch = arena_new(0);
    if (transcript->as_json) {
        struct document *told = event_of(scratch, event, NULL);
        document_set_text(told, "message", message);
        print_event(transcript, told);
    } else {
        say(transcript, text_format(scratch, "  %.*s", TEXT_ARG(message)));
    }
    arena_free(scratch);
}

static struct document *
event_of(struct arena *arena, const char *name, const struct environment_state *state)
{
    struct document *event = document_new_map(arena);
    document_set_text(event, "event", text_of(name));
    const struct document *encoded =
        state ? schema_encode(arena, &environment_state_schema, state, SCHEMA_ENCODE_PLAIN) : NULL;
    for (size_t i = 0; i < document_count(encoded); i++)
        document_set(event, document_key_at(encoded, i), document_value_at(encoded, i));
    return event;
}

static void
print_event(struct transcript *transcript, const struct document *event)
{
    struct arena *scratch = arena_new(0);
    struct buffer out;
    buffer_init(&out, scratch, 512);
    json_print(event, &out);
    say(transcript, buffer_text(&out));
    arena_free(scratch);
}

/* A reader who went away (a closed pipe) is no reason to stop the gateways. */
static void
say(struct transcript *transcript, struct text line)
{
    if (fwrite(line.bytes, 1, line.length, transcript->file) == line.length &&
        putc('\n', transcript->file) != EOF)
        fflush(transcript->file);
    clearerr(transcript->file);
}

static void
print_models(const struct environment_state *state, struct buffer *out)
{
    buffer_add_string(out, "  models             ");
    for (size_t i = 0; i < state->models.count; i++) {
        const struct environment_model *model = &state->models.items[i];
        buffer_print(out, "%s%.*s", i > 0 ? " · " : "", TEXT_ARG(model->name));
        if (model->note.length > 0)
            buffer_print(out, " (%.*s)", TEXT_ARG(model->note));
    }
    buffer_add_byte(out, '\n');
}

static struct text
plural(struct arena *arena, size_t count, const char *one, const char *many)
{
    return text_format(arena, "%zu %s", count, count == 1 ? one : many);
}
