/* See fake_api.h. Versions are small here; their order by length shows because histories begin below 100. */
#include "tests/unit/operator/kube/fake_api.h"

#include <criterion/criterion.h>

#include "lib/base/buffer.h"
#include "lib/base/parse.h"

#define STATUS_GONE                                                                                          \
    "{\"kind\":\"Status\",\"code\":410,\"reason\":\"Expired\",\"message\":\"too old resource version\"}"
#define STATUS_INVALID                                                                                       \
    "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"sendInitialEvents is "           \
    "forbidden\"}"
#define STATUS_TOO_NEW                                                                                       \
    "{\"kind\":\"Status\",\"code\":504,\"reason\":\"Timeout\",\"message\":\"Too large resource version\","   \
    "\"details\":{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}]}}"

struct fake_api
fake_api_new(struct arena *arena, int first)
{
    return (struct fake_api){.arena = arena, .first = first, .page_items = 500, .has_bookmarks = true};
}

int
fake_api_version(const struct fake_api *api)
{
    return api->first + api->count - 1;
}

static const struct fake_change *
change_at(const struct fake_api *api, int version)
{
    return &api->history[version - api->first];
}

/* The last change of the name at or before the version; NULL when it is not there then. */
static const struct fake_change *
find(const struct fake_api *api, char name, int version, int *out_version)
{
    for (int at = version; at >= api->first; at--)
        if (change_at(api, at)->name == name) {
            *out_version = at;
            return change_at(api, at)->value ? change_at(api, at) : NULL;
        }
    return NULL;
}

void
fake_api_set(struct fake_api *api, char name, int value)
{
    cr_assert_lt((size_t)api->count, COUNT_OF(api->history));
    int version = fake_api_version(api), ignored;
    const struct fake_change *held = find(api, name, version, &ignored);
    if (!held && value == 0)
        return;
    api->history[api->count++] =
        (struct fake_change){.name = name, .value = value, .born = held ? held->born : version + 1};
}

void
fake_api_state(const struct fake_api *api, int version, int out_values[FAKE_NAMES])
{
    for (int i = 0; i < FAKE_NAMES; i++) {
        int ignored;
        const struct fake_change *held = find(api, (char)('a' + i), version, &ignored);
        out_values[i] = held ? held->value : 0;
    }
}

static struct text
object_json(const struct fake_api *api, const struct fake_change *change, int version)
{
    return text_format(
        api->arena,
        "{\"kind\":\"Thing\",\"metadata\":{\"name\":\"%c\",\"namespace\":\"n\",\"uid\":\"u%d\","
        "\"resourceVersion\":\"%d\",\"managedFields\":[{\"f:x\":{}}]},\"spec\":%d}",
        change->name, change->born, version, change->value);
}

struct text
fake_event(const struct fake_api *api, const char *type, const struct fake_change *change, int version)
{
    struct text object = object_json(api, change, version);
    return text_format(api->arena, "{\"type\":\"%s\",\"object\":%.*s}\n", type, TEXT_ARG(object));
}

static void
add_bookmark(struct buffer *body, int version, bool is_end)
{
    buffer_print(body,
                 "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"Thing\",\"metadata\":{\"resourceVersion\":\"%"
                 "d\"%s}}}\n",
                 version, is_end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
}

static void
add_events_after(const struct fake_api *api, struct buffer *body, int version)
{
    for (int at = version + 1; at <= fake_api_version(api); at++) {
        const struct fake_change *change = change_at(api, at);
        const char *type = change->value == 0 ? "DELETED" : change->born == at ? "ADDED" : "MODIFIED";
        buffer_add_text(body, fake_event(api, type, change, at));
        if (api->has_bookmarks && at % 3 == 0)
            add_bookmark(body, at, false);
    }
}

static struct text
query_value(struct text path, const char *name)
{
    struct text wanted = text_of(name);
    ptrdiff_t found = text_find(path, wanted);
    if (found < 0)
        return (struct text){0};
    struct text rest = text_slice(path, (size_t)found + wanted.length, path.length);
    return text_cut(&rest, '&');
}

static int
number(struct text text)
{
    int64_t value = 0;
    return parse_int64(text, &value) ? (int)value : 0;
}

static struct fake_answer
refusal(int status, const char *body)
{
    return (struct fake_answer){status, text_of(body)};
}

static struct fake_answer
gone(const struct fake_api *api)
{
    if (api->says_gone_by_status)
        return refusal(410, STATUS_GONE);
    return refusal(200, "{\"type\":\"ERROR\",\"object\":" STATUS_GONE "}\n");
}

/* Tokens are "version.index+/=": characters that must be escaped on their way. */
static struct fake_answer
answer_page(struct fake_api *api, struct text path)
{
    struct text token = query_value(path, "continue=");
    struct text rest = token;
    int version = token.length ? number(text_cut(&rest, '.')) : fake_api_version(api);
    int from = token.length ? number(text_slice(rest, 0, 1)) : 0;
    cr_assert(token.length == 0 || text_ends_with(token, TEXT("%2B%2F%3D")), "%.*s", TEXT_ARG(token));
    api->lists += token.length == 0;
    if (version < api->compacted)
        return refusal(410, STATUS_GONE);
    int to = from + api->page_items;
    struct buffer body;
    buffer_init(&body, api->arena, 0);
    buffer_print(&body, "{\"kind\":\"ThingList\",\"metadata\":{\"resourceVersion\":\"%d\"", version);
    if (to < FAKE_NAMES)
        buffer_print(&body, ",\"continue\":\"%d.%d+/=\"", version, to);
    buffer_add_string(&body, "},\"items\":[");
    for (int i = from; i < to && i < FAKE_NAMES; i++) {
        int born;
        const struct fake_change *held = find(api, (char)('a' + i), version, &born);
        if (!held)
            continue;
        buffer_add_string(&body, body.bytes[body.length - 1] == '[' ? "" : ",");
        buffer_add_text(&body, object_json(api, held, born));
    }
    buffer_add_string(&body, "]}");
    return (struct fake_answer){200, buffer_text(&body)};
}

static struct fake_answer
answer_watch_list(struct fake_api *api)
{
    if (api->lacks_watch_list)
        return refusal(422, STATUS_INVALID);
    api->lists++;
    int version = fake_api_version(api);
    struct buffer body;
    buffer_init(&body, api->arena, 0);
    for (int i = FAKE_NAMES - 1; i >= 0; i--) {
        int born;
        const struct fake_change *held = find(api, (char)('a' + i), version, &born);
        if (held)
            buffer_add_text(&body, fake_event(api, "ADDED", held, born));
    }
    add_bookmark(&body, version, true);
    return (struct fake_answer){200, buffer_text(&body)};
}

struct fake_answer
fake_api_answer(struct fake_api *api, struct text path)
{
    api->requests++;
    int version = number(query_value(path, "resourceVersion="));
    if (version > fake_api_version(api))
        return refusal(504, STATUS_TOO_NEW);
    if (text_find(path, TEXT("watch=1")) < 0)
        return answer_page(api, path);
    if (text_find(path, TEXT("sendInitialEvents=true")) >= 0)
        return answer_watch_list(api);
    cr_assert_gt(version, 0, "%.*s", TEXT_ARG(path));
    if (version < api->compacted)
        return gone(api);
    struct buffer body;
    buffer_init(&body, api->arena, 0);
    add_events_after(api, &body, version);
    return (struct fake_answer){200, buffer_text(&body)};
}
