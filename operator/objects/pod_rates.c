/* Quantities are rounded up to a millicore and a byte, as Kubernetes does. A number that cannot be read
 * counts as none: a sample that is too small is better than no sample of the others. */
#include "operator/objects/pod_rates.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/json.h"

static void add_requests(const struct document *requests, struct pod_rates *rates);
static void add_device(struct pod_rates *rates, struct text resource, int64_t count);
static struct pod_usage usage_of(const struct document *item);

static int64_t
milli_of(const struct document *quantity)
{
    int64_t milli;
    return parse_quantity_milli(document_text(quantity), &milli) ? milli : 0;
}

static int64_t
whole_of(const struct document *quantity)
{
    int64_t milli = milli_of(quantity);
    return milli / 1000 + (milli % 1000 > 0);
}

static void
add_up(int64_t *sum, int64_t more)
{
    *sum = more > INT64_MAX - *sum ? INT64_MAX : *sum + more;
}

bool
pod_rates_read(const struct document *pod, struct pod_rates *out_rates)
{
    const struct document *statuses = document_get(pod, "status.containerStatuses");
    if (!text_equals(document_text(document_get(pod, "status.phase")), TEXT("Running")))
        return false;
    *out_rates = (struct pod_rates){0};
    for (size_t i = 0; i < document_count(statuses); i++)
        add_requests(document_get(document_at(statuses, i), "resources.requests"), out_rates);
    return true;
}

static void
add_requests(const struct document *requests, struct pod_rates *rates)
{
    for (size_t i = 0; i < document_count(requests); i++) {
        struct text resource = document_key_at(requests, i);
        const struct document *quantity = document_value_at(requests, i);
        if (text_equals(resource, TEXT("cpu")))
            add_up(&rates->millicores, milli_of(quantity));
        else if (text_equals(resource, TEXT("memory")))
            add_up(&rates->memory_bytes, whole_of(quantity));
        else if (text_find_byte(resource, '/') > 0 && resource.length <= RUNTIME_RESOURCE_MAX_BYTES)
            add_device(rates, resource, whole_of(quantity));
    }
}

static void
add_device(struct pod_rates *rates, struct text resource, int64_t count)
{
    size_t at = 0;
    while (at < rates->device_count && !text_equals(rates->devices[at].resource, resource))
        at++;
    if (count == 0 || at == POD_RATES_MOST_DEVICES)
        return;
    if (at == rates->device_count)
        rates->devices[rates->device_count++] = (struct pod_device){resource, 0};
    add_up(&rates->devices[at].count, count);
}

bool
pod_usage_parse(struct arena *arena, struct text json, struct pod_usage_list *out_list, struct error *err)
{
    struct document *document = NULL;
    if (!json_parse(arena, json, TEXT("the pods' metrics"), &document, err))
        return false;
    const struct document *items = document_find(document, TEXT("items"));
    if (document_kind(items) != DOCUMENT_LIST)
        return error_set(err, ERROR_INVALID, "the pods' metrics: there are no items");
    size_t count = document_count(items);
    if (count > POD_USAGE_MOST_PODS)
        return error_set(err, ERROR_INVALID, "the pods' metrics: %zu of one namespace; at most %d are read",
                         count, POD_USAGE_MOST_PODS);
    *out_list =
        (struct pod_usage_list){.items = arena_alloc_array(arena, count + 1, sizeof(*out_list->items))};
    for (size_t i = 0; i < count; i++)
        out_list->items[out_list->count++] = usage_of(document_at(items, i));
    return true;
}

static struct pod_usage
usage_of(const struct document *item)
{
    const struct document *containers = document_find(item, TEXT("containers"));
    struct pod_usage usage = {.pod = document_text(document_get(item, "metadata.name"))};
    for (size_t i = 0; i < document_count(containers); i++) {
        add_up(&usage.millicores, milli_of(document_get(document_at(containers, i), "usage.cpu")));
        add_up(&usage.memory_bytes, whole_of(document_get(document_at(containers, i), "usage.memory")));
    }
    return usage;
}

const struct pod_usage *
pod_usage_find(const struct pod_usage_list *list, struct text pod)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equals(list->items[i].pod, pod))
            return &list->items[i];
    return NULL;
}

void
pod_sample_fill(struct arena *arena, const struct pod_rates *rates, const struct pod_usage *usage,
                struct runtime_sample *sample)
{
    int64_t span_ms = sample->until_ms - sample->from_ms;
    struct runtime_amount *amounts = arena_alloc_array(arena, RUNTIME_MAX_AMOUNTS, sizeof(*amounts));
    size_t count = 0;
    amounts[count++] =
        (struct runtime_amount){.resource = TEXT(RUNTIME_CPU),
                                .requested = runtime_cpu_amount(rates->millicores, span_ms),
                                .used = usage ? runtime_cpu_amount(usage->millicores, span_ms) : 0};
    amounts[count++] =
        (struct runtime_amount){.resource = TEXT(RUNTIME_MEMORY),
                                .requested = runtime_memory_amount(rates->memory_bytes, span_ms),
                                .used = usage ? runtime_memory_amount(usage->memory_bytes, span_ms) : 0};
    for (size_t i = 0; i < rates->device_count; i++)
        amounts[count++] =
            (struct runtime_amount){.resource = rates->devices[i].resource,
                                    .requested = runtime_device_amount(rates->devices[i].count, span_ms)};
    sample->told_by = usage ? RUNTIME_METRICS : RUNTIME_REQUESTS;
    sample->amounts = (struct runtime_amount_list){amounts, count};
}
