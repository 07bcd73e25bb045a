/* See kube_event_series.h. */
#include "operator/kube/kube_event_series.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"
#include "operator/kube/kube_lease_record.h"

enum { MOST_NAME_BYTES = 253, UNIQUE_BYTES = 17, MOST_ID_BYTES = 64 };

/* At most so many bytes, and no half character at the end. */
static struct text
cut(struct arena *arena, struct text text, size_t most_bytes)
{
    size_t length = text.length < most_bytes ? text.length : most_bytes;
    while (length > 0 && length < text.length && ((unsigned char)text.bytes[length] & 0xC0) == 0x80)
        length--;
    return text_copy(arena, text_slice(text, 0, length));
}

void
kube_event_series_init(struct arena *arena, struct kube_event_series *series, const struct kube_event *event,
                       int64_t now_unix_ms)
{
    *series = (struct kube_event_series){
        .event = {.api_version = text_copy(arena, event->api_version),
                  .kind = text_copy(arena, event->kind),
                  .namespace = text_copy(arena, event->namespace),
                  .name = text_copy(arena, event->name),
                  .uid = text_copy(arena, event->uid),
                  .is_warning = event->is_warning,
                  .reason = cut(arena, event->reason, KUBE_EVENT_WORD_BYTES),
                  .action = cut(arena, event->action, KUBE_EVENT_WORD_BYTES),
                  .note = cut(arena, event->note, KUBE_EVENT_NOTE_BYTES),
                  .id = cut(arena, event->id, MOST_ID_BYTES)},
        .key = kube_event_key(arena, event),
        .first_unix_ms = now_unix_ms,
        .last_unix_ms = now_unix_ms,
        .count = 1,
    };
    series->namespace = event->namespace.length > 0 ? series->event.namespace : TEXT("default");
}

struct text
kube_event_key(struct arena *arena, const struct kube_event *event)
{
    const struct text parts[] = {event->api_version, event->kind,   event->namespace, event->name,
                                 event->uid,         event->reason, event->action,    event->id};
    struct buffer key;
    buffer_init(&key, arena, 256);
    buffer_add_byte(&key, event->is_warning ? 'W' : 'N');
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buffer_print(&key, "/%zu:", parts[i].length); /* no part can pass for two */
        buffer_add_text(&key, parts[i]);
    }
    return buffer_text(&key);
}

static struct text
name_by_id(struct arena *arena, const struct kube_event *event)
{
    struct text name = text_slice(event->name, 0, MOST_NAME_BYTES - 1 - event->id.length);
    char *out = text_c_string(arena, text_format(arena, "%.*s.%.*s", TEXT_ARG(name), TEXT_ARG(event->id)));
    for (char *letter = out; *letter; letter++)
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (char)(*letter - 'A' + 'a');
    return text_of(out);
}

void
kube_event_series_rename(struct arena *arena, struct kube_event_series *series, uint64_t unique)
{
    if (!text_is_empty(series->event.id)) {
        series->name = name_by_id(arena, &series->event);
        return;
    }
    struct text name = text_slice(series->event.name, 0, MOST_NAME_BYTES - UNIQUE_BYTES);
    series->name = text_format(arena, "%.*s.%016llx", TEXT_ARG(name), (unsigned long long)unique);
}

static const struct document *
count_of(struct arena *arena, const struct kube_event_series *series)
{
    struct document *count = document_new_map(arena);
    document_set_int(count, "count", series->count);
    document_set_text(count, "lastObservedTime", kube_micro_time(arena, series->last_unix_ms));
    return count;
}

static const struct document *
regarding_of(struct arena *arena, const struct kube_event *event)
{
    const struct {
        const char *member;
        struct text value;
    } members[] = {{"apiVersion", event->api_version},
                   {"kind", event->kind},
                   {"namespace", event->namespace},
                   {"name", event->name},
                   {"uid", event->uid}};
    struct document *regarding = document_new_map(arena);
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (members[i].value.length > 0)
            document_set_text(regarding, members[i].member, members[i].value);
    return regarding;
}

static struct text
print(struct arena *arena, const struct document *document)
{
    struct buffer out;
    buffer_init(&out, arena, 1024);
    json_print(document, &out);
    return buffer_text(&out);
}

struct text
kube_event_print(struct arena *arena, const struct kube_event_series *series, struct text controller,
                 struct text instance)
{
    const struct kube_event *event = &series->event;
    struct document *metadata = document_new_map(arena);
    document_set_text(metadata, "namespace", series->namespace);
    document_set_text(metadata, "name", series->name);
    struct document *object = document_new_map(arena);
    document_set_text(object, "apiVersion", TEXT("events.k8s.io/v1"));
    document_set_text(object, "kind", TEXT("Event"));
    document_set(object, TEXT("metadata"), metadata);
    document_set_text(object, "eventTime", kube_micro_time(arena, series->first_unix_ms));
    document_set_text(object, "reportingController", controller);
    document_set_text(object, "reportingInstance", text_slice(instance, 0, KUBE_EVENT_WORD_BYTES));
    document_set_text(object, "type", event->is_warning ? TEXT("Warning") : TEXT("Normal"));
    document_set_text(object, "reason", event->reason);
    document_set_text(object, "action", event->action);
    document_set_text(object, "note", event->note);
    document_set(object, TEXT("regarding"), regarding_of(arena, event));
    if (series->count > 1)
        document_set(object, TEXT("series"), count_of(arena, series));
    return print(arena, object);
}

struct text
kube_event_print_count(struct arena *arena, const struct kube_event_series *series)
{
    struct document *patch = document_new_map(arena);
    document_set(patch, TEXT("series"), count_of(arena, series));
    return print(arena, patch);
}
