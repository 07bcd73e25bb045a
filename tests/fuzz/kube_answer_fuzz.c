/* What an API server or a plugin may answer: a Status by any number, discovery, a Lease, an ExecCredential.
 * The first byte chooses which, the second the status. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/net/http_headers.h"
#include "operator/kube/kube_answer.h"
#include "operator/kube/kube_credential.h"
#include "operator/kube/kube_lease_record.h"

enum { MOST_BYTES = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
read_status(struct arena *arena, int status, struct text json)
{
    struct kube_answer answer = {.status = status, .body = json};
    kube_answer_read(arena, TEXT("GET /x"), &answer);
    bool is_fine = status >= 200 && status < 300;
    assert((answer.error.kind == ERROR_NONE) == is_fine);
    assert(is_fine || answer.error.message[0] != '\0');
    int64_t delay_ms;
    answer.retry_after_ms = kube_answer_retry_after_ms(json);
    assert(answer.retry_after_ms >= 0 && answer.retry_after_ms <= KUBE_MOST_RETRY_AFTER_MS);
    if (kube_answer_wants_retry(&answer, 1, (uint64_t)status, &delay_ms))
        assert(delay_ms >= answer.retry_after_ms);
}

static void
read_discovery(struct arena *arena, struct text json)
{
    struct kube_resource_list list;
    if (!kube_discovery_parse(arena, json, &list, NULL))
        return;
    for (size_t i = 0; i < list.count; i++) {
        const struct kube_resource *item = &list.items[i];
        assert(item->kind.length > 0 && item->plural.length > 0 && item->api_version.length > 0);
        assert(kube_resource_find(&list, item->api_version, item->kind));
        assert(text_starts_with(kube_resource_path(arena, item, TEXT("n"), TEXT("a b")), TEXT("/api")));
    }
}

static void
read_lease(struct arena *arena, struct text json)
{
    struct kube_lease_record record, again;
    if (!kube_lease_record_parse(arena, json, &record, NULL))
        return;
    assert(record.transitions >= 0 && record.duration_ms >= 0);
    struct text printed = kube_lease_record_print(arena, &record, TEXT("n"), TEXT("l"));
    bool is_read = kube_lease_record_parse(arena, printed, &again, NULL);
    assert(is_read && kube_lease_record_equals(&record, &again));
    assert(text_equals(record.resource_version, again.resource_version));
}

static void
read_credential(struct arena *arena, struct text json)
{
    struct kube_credential credential;
    if (!kube_credential_parse(arena, json, TEXT("client.authentication.k8s.io/v1"), &credential, NULL))
        return;
    assert(http_header_value_is_safe(credential.token));
    assert(credential.token.length > 0 || credential.key_pem.length > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 2 || size > MOST_BYTES)
        return 0;
    struct arena *arena = arena_new(0);
    struct text json = {(const char *)bytes + 2, size - 2};
    switch (bytes[0] % 4) {
    case 0:
        read_status(arena, 100 + bytes[1] * 2, json);
        break;
    case 1:
        read_discovery(arena, json);
        break;
    case 2:
        read_lease(arena, json);
        break;
    default:
        read_credential(arena, json);
    }
    arena_free(arena);
    return 0;
}
