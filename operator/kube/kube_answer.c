/* See kube_answer.h. The server's words are bounded by struct error; the body by the client. */
#include "operator/kube/kube_answer.h"

#include "lib/base/arena.h"
#include "lib/base/parse.h"
#include "lib/document/document.h"
#include "lib/document/json.h"
#include "lib/net/http1.h"

enum { MOST_TITLE_BYTES = 200 };

static enum error_kind kind_of(int status);
static bool is_unfit(const struct kube_answer *answer);
static void read_status_object(struct arena *arena, struct kube_answer *answer);

void
kube_answer_read(struct arena *arena, struct text title, struct kube_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300) {
        answer->error.kind = ERROR_NONE;
        return;
    }
    read_status_object(arena, answer);
    struct text words =
        answer->message.length > 0 ? answer->message : text_of(http_status_reason(answer->status));
    title.length = title.length < MOST_TITLE_BYTES ? title.length : MOST_TITLE_BYTES;
    error_set(&answer->error, is_unfit(answer) ? ERROR_INVALID : kind_of(answer->status),
              "%.*s: %d %.*s%s%.*s", TEXT_ARG(title), answer->status, TEXT_ARG(answer->reason),
              answer->reason.length > 0 ? ": " : "", TEXT_ARG(words));
}

int64_t
kube_answer_retry_after_ms(struct text header)
{
    uint64_t seconds;
    if (!parse_uint64(header, UINT64_MAX, &seconds))
        return 0;
    return seconds < KUBE_MOST_RETRY_AFTER_MS / 1000 ? (int64_t)seconds * 1000 : KUBE_MOST_RETRY_AFTER_MS;
}

bool
kube_answer_wants_retry(const struct kube_answer *answer, int attempts, uint64_t random,
                        int64_t *out_delay_ms)
{
    bool is_passing = answer->status == 429 || (answer->status >= 500 && answer->status <= 599);
    if (!is_passing || answer->retry_after_ms == 0 || attempts >= KUBE_MOST_ATTEMPTS)
        return false;
    *out_delay_ms = answer->retry_after_ms + (int64_t)(random % (uint64_t)(answer->retry_after_ms / 4 + 1));
    return true;
}

static enum error_kind
kind_of(int status)
{
    switch (status) {
    case 404:
    case 410:
        return ERROR_NOT_FOUND;
    case 409:
        return ERROR_CONFLICT;
    case 401:
    case 403:
        return ERROR_DENIED;
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422:
        return ERROR_INVALID;
    default:
        return ERROR_UNAVAILABLE;
    }
}

/* An apply that does not fit the schema is answered with 500 (seen with 1.37), yet no time will mend it. */
static bool
is_unfit(const struct kube_answer *answer)
{
    return answer->status == 500 &&
           text_starts_with(answer->message, TEXT("failed to create typed patch object"));
}

static void
read_status_object(struct arena *arena, struct kube_answer *answer)
{
    struct document *document = NULL;
    if (!json_parse(arena, answer->body, TEXT(""), &document, NULL) ||
        !text_equals(document_text(document_get(document, "kind")), TEXT("Status")))
        return;
    answer->reason = document_text(document_get(document, "reason"));
    answer->message = document_text(document_get(document, "message"));
    answer->cause_field = document_text(document_get(document, "details.causes[0].field"));
}
