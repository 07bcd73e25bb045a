/* Watch lines, bookmarks and Status objects, read with lib/document's scanner. */
#include "operator/kube/kube_scan_event.h"

#include "lib/base/error.h"
#include "lib/document/json_lex.h"
#include "lib/document/json_scan.h"

#define INITIAL_END "\"k8s.io/initial-events-end\""

static enum kube_line_type
line_type(struct text raw)
{
    static const struct text names[] = {
        [KUBE_LINE_ADDED] = TEXT("\"ADDED\""),     [KUBE_LINE_MODIFIED] = TEXT("\"MODIFIED\""),
        [KUBE_LINE_DELETED] = TEXT("\"DELETED\""), [KUBE_LINE_BOOKMARK] = TEXT("\"BOOKMARK\""),
        [KUBE_LINE_ERROR] = TEXT("\"ERROR\""),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equals(raw, names[i]))
            return (enum kube_line_type)i;
    return KUBE_LINE_OTHER;
}

bool
kube_scan_event(struct text line, enum kube_line_type *out_type, struct text *out_object, struct error *err)
{
    struct json_field fields[] = {{.path = "type"}, {.path = "object"}};
    if (!json_scan(line, fields, COUNT_OF(fields), err))
        return error_context(err, "a watch event");
    if (fields[0].kind != JSON_STRING || fields[1].kind != JSON_OBJECT)
        return error_set(err, ERROR_INVALID,
                         "a line of a watch that is no event: type and object are missing");
    *out_type = line_type(fields[0].raw);
    *out_object = fields[1].raw;
    return true;
}

/* Looks for "k8s.io/initial-events-end": "true" among annotations. */
static bool
has_initial_end(struct text annotations)
{
    ptrdiff_t found = text_find(annotations, TEXT(INITIAL_END));
    if (found < 0)
        return false;
    struct text rest = text_slice(annotations, (size_t)found + sizeof(INITIAL_END) - 1, annotations.length);
    rest = text_trim(rest);
    if (!text_starts_with(rest, TEXT(":")))
        return false;
    return text_starts_with(text_trim(text_slice(rest, 1, rest.length)), TEXT("\"true\""));
}

bool
kube_scan_bookmark(struct arena *scratch, struct text object, struct kube_bookmark *out, struct error *err)
{
    struct json_field fields[] = {{.path = "metadata.resourceVersion"}, {.path = "metadata.annotations"}};
    if (!json_scan(object, fields, COUNT_OF(fields), err))
        return error_context(err, "a bookmark");
    out->version = json_scan_string(scratch, fields[0].raw);
    out->is_initial_end = has_initial_end(fields[1].raw);
    return out->version.length > 0 || error_set(err, ERROR_INVALID, "a bookmark without resourceVersion");
}

void
kube_scan_status(struct arena *scratch, struct text json, struct kube_status *out_status)
{
    struct json_field fields[] = {{.path = "code"},
                                  {.path = "reason"},
                                  {.path = "message"},
                                  {.path = "details.retryAfterSeconds"},
                                  {.path = "details.causes"}};
    *out_status = (struct kube_status){0};
    if (json.length == 0 || !json_scan(json, fields, COUNT_OF(fields), NULL))
        return;
    int64_t seconds = 0;
    if (!json_scan_int(fields[0].raw, &out_status->code))
        out_status->code = 0;
    if (json_scan_int(fields[3].raw, &seconds) && seconds > 0 && seconds < 3600)
        out_status->retry_after_ms = seconds * 1000;
    out_status->reason = json_scan_string(scratch, fields[1].raw);
    out_status->message = json_scan_string(scratch, fields[2].raw);
    out_status->is_too_new = text_find(fields[4].raw, TEXT("\"ResourceVersionTooLarge\"")) >= 0 ||
                             text_starts_with(out_status->message, TEXT("Too large resource version"));
}
