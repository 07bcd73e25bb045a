/* See kube_lease_record.h. */
#include "operator/kube/kube_lease_record.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/civil_time.h"
#include "lib/base/error.h"
#include "lib/document/document_build.h"
#include "lib/document/json.h"

#define API_VERSION "coordination.k8s.io/v1"

enum { MOST_DURATION_SECONDS = 86400 };

bool
kube_lease_record_parse(struct arena *arena, struct text json, struct kube_lease_record *out_record,
                        struct error *err)
{
    struct document *document;
    if (!json_parse(arena, json, TEXT(""), &document, err))
        return error_context(err, "reading the Lease");
    const struct document *spec = document_find(document, TEXT("spec"));
    if (!text_equals(document_text(document_find(document, TEXT("kind"))), TEXT("Lease")))
        return error_set(err, ERROR_INVALID, "reading the Lease: the answer is no Lease");
    int64_t seconds = 0, transitions = 0;
    if (!document_int(document_find(spec, TEXT("leaseDurationSeconds")), &seconds) || seconds < 0)
        seconds = 0;
    if (!document_int(document_find(spec, TEXT("leaseTransitions")), &transitions) || transitions < 0)
        transitions = 0;
    *out_record = (struct kube_lease_record){
        .holder = document_text(document_find(spec, TEXT("holderIdentity"))),
        .duration_ms = (seconds < MOST_DURATION_SECONDS ? seconds : MOST_DURATION_SECONDS) * 1000,
        .transitions = transitions,
        .acquire_time = document_text(document_find(spec, TEXT("acquireTime"))),
        .renew_time = document_text(document_find(spec, TEXT("renewTime"))),
        .resource_version = document_text(document_get(document, "metadata.resourceVersion")),
        .metadata = document_find(document, TEXT("metadata")),
    };
    return true;
}

static const struct document *
metadata_of(struct arena *arena, const struct kube_lease_record *record, struct text namespace,
            struct text name)
{
    struct document *metadata = document_new_map(arena);
    for (size_t i = 0; i < document_count(record->metadata); i++) {
        struct text key = document_key_at(record->metadata, i);
        if (!text_equals(key, TEXT("managedFields")))
            document_set(metadata, key, document_value_at(record->metadata, i));
    }
    document_set_text(metadata, "namespace", namespace);
    document_set_text(metadata, "name", name);
    return metadata;
}

struct text
kube_lease_record_print(struct arena *arena, const struct kube_lease_record *record, struct text namespace,
                        struct text name)
{
    struct document *spec = document_new_map(arena);
    document_set_text(spec, "holderIdentity", record->holder);
    document_set_int(spec, "leaseDurationSeconds", record->duration_ms / 1000);
    document_set_int(spec, "leaseTransitions", record->transitions);
    if (record->acquire_time.length > 0)
        document_set_text(spec, "acquireTime", record->acquire_time);
    if (record->renew_time.length > 0)
        document_set_text(spec, "renewTime", record->renew_time);
    struct document *lease = document_new_map(arena);
    document_set_text(lease, "apiVersion", TEXT(API_VERSION));
    document_set_text(lease, "kind", TEXT("Lease"));
    document_set(lease, TEXT("metadata"), metadata_of(arena, record, namespace, name));
    document_set(lease, TEXT("spec"), spec);
    struct buffer out;
    buffer_init(&out, arena, 512);
    json_print(lease, &out);
    return buffer_text(&out);
}

struct text
kube_micro_time(struct arena *arena, int64_t unix_ms)
{
    char time[CIVIL_TIME_TEXT_BYTES];
    size_t length = civil_time_print(time, unix_ms, true);
    return text_format(arena, "%.*s000Z", (int)length - 1, time);
}

bool
kube_lease_record_equals(const struct kube_lease_record *a, const struct kube_lease_record *b)
{
    return text_equals(a->holder, b->holder) && a->duration_ms == b->duration_ms &&
           a->transitions == b->transitions && text_equals(a->acquire_time, b->acquire_time) &&
           text_equals(a->renew_time, b->renew_time);
}
