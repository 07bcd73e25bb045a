#include "tests/unit/operator/kube/watch_driver.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"
#include "lib/base/parse.h"

static int
value_of(const struct kube_object *object)
{
    int64_t value = 0;
    struct text json = object->json;
    ptrdiff_t found = text_find(json, TEXT("\"spec\":"));
    cr_assert(found >= 0 && parse_int64(text_slice(json, (size_t)found + 7, json.length - 1), &value));
    return (int)value;
}

static void
on_change(void *owner, enum kube_change change, const struct kube_object *object)
{
    struct driver *driver = owner;
    cr_assert_eq(kube_table_find(driver->table, object->namespace, object->name), object);
    int index = object->name.bytes[0] - 'a', value = value_of(object);
    int *told = &driver->told[index];
    if (change == KUBE_GONE)
        cr_assert_neq(*told, 0, "gone twice: %.*s", TEXT_ARG(object->name));
    if (change == KUBE_MODIFIED)
        cr_assert_neq(*told, 0, "modified before it was added: %.*s", TEXT_ARG(object->name));
    *told = change == KUBE_GONE ? 0 : value;
    buffer_print(&driver->changes, "%c%.*s%d ", "?+~-"[change], TEXT_ARG(object->name), value);
}

static void
on_synced(void *owner)
{
    struct driver *driver = owner;
    driver->synced_count++;
    cr_assert(kube_table_is_synced(driver->table));
}

void
driver_start(struct driver *driver, struct arena *arena, struct fake_api *api)
{
    static const struct kube_resource things = {.api_version = TEXT("example.dev/v1"),
                                                .kind = TEXT("Thing"),
                                                .plural = TEXT("things"),
                                                .is_namespaced = true};
    *driver = (struct driver){.arena = arena, .api = api, .now_ms = 1000000};
    buffer_init(&driver->changes, arena, 0);
    driver->cache = kube_cache_new(arena);
    static const char *const paths[] = {"spec", NULL};
    driver->table = kube_cache_add(driver->cache, TEXT("things"), &(struct kube_filter){.paths = paths});
    struct kube_watch_options options = {
        .table = driver->table,
        .resource = &things,
        .events = {.on_change = on_change, .on_synced = on_synced, .owner = driver}};
    kube_watch_flow_init(&driver->flow, arena, &options, &kube_watch_times);
}

/* False when the flow wants no more. */
static bool
feed(struct driver *driver, struct text body, size_t piece_bytes)
{
    size_t step = piece_bytes ? piece_bytes : body.length;
    for (size_t at = 0; at < body.length; at += step) {
        /* A copy of its own, so that a pointer kept into it shows under AddressSanitizer. */
        struct arena *piece_arena = arena_new(0);
        bool goes_on =
            kube_watch_flow_piece(&driver->flow, text_copy(piece_arena, text_slice(body, at, at + step)));
        arena_free(piece_arena);
        if (!goes_on)
            return false;
    }
    return true;
}

static struct kube_watch_step
finish(struct driver *driver, const struct error *why, int64_t lasted_ms)
{
    driver->now_ms += lasted_ms;
    struct kube_watch_step step =
        kube_watch_flow_end(&driver->flow, why, driver->now_ms, (uint64_t)driver->now_ms * 2654435761u);
    cr_assert_leq(step.delay_ms, KUBE_BACKOFF_MOST_MS + 3600000);
    cr_assert(!step.is_failure || step.trouble.kind != ERROR_NONE);
    driver->now_ms += step.delay_ms;
    return step;
}

static struct kube_watch_step
play(struct driver *driver, const struct fault *fault, const struct fake_answer *answer)
{
    struct error why = {.kind = ERROR_UNAVAILABLE, .message = "connection reset"};
    int status = fault->end == FAULT_STATUS ? fault->status : answer->status;
    kube_watch_flow_head(&driver->flow, status, 0);
    struct text body = text_slice(answer->body, 0, fault->at);
    bool goes_on = feed(driver, body, fault->piece_bytes);
    bool is_reset = fault->end == FAULT_RESET;
    return finish(driver, goes_on && is_reset ? &why : NULL, 300000);
}

struct kube_watch_step
driver_ask_for(struct driver *driver, const struct fault *fault, const struct fake_answer *answer)
{
    struct arena *request = arena_new(0);
    struct kube_watch_question question = kube_watch_flow_ask(&driver->flow, request, driver->now_ms, 7);
    driver->last_path = text_copy(driver->arena, question.request.path);
    struct error refused = {.kind = ERROR_UNAVAILABLE, .message = "connection refused"};
    struct fake_answer given = {0};
    if (!answer && fault->end != FAULT_REFUSED) {
        given = fake_api_answer(driver->api, question.request.path);
        answer = &given;
    }
    struct kube_watch_step step =
        fault->end == FAULT_REFUSED ? finish(driver, &refused, 1) : play(driver, fault, answer);
    arena_free(request);
    return step;
}

struct kube_watch_step
driver_ask(struct driver *driver, const struct fault *fault)
{
    return driver_ask_for(driver, fault, NULL);
}

static bool
is_caught_up(const struct driver *driver)
{
    char version[16];
    (void)snprintf(version, sizeof(version), "%d", fake_api_version(driver->api));
    return driver->flow.state.ask == KUBE_ASK_WATCH && kube_table_is_synced(driver->table) &&
           text_equals(kube_watch_flow_version(&driver->flow), text_of(version));
}

void
driver_catch_up(struct driver *driver)
{
    for (int i = 0; i < 40 && !is_caught_up(driver); i++)
        (void)driver_ask(driver, &NO_FAULT);
    cr_assert(is_caught_up(driver), "at %.*s, asked %.*s", TEXT_ARG(kube_watch_flow_version(&driver->flow)),
              TEXT_ARG(driver->last_path));
}

void
driver_expect_equal(const struct driver *driver)
{
    int wanted[FAKE_NAMES];
    fake_api_state(driver->api, fake_api_version(driver->api), wanted);
    size_t count = 0;
    for (int i = 0; i < FAKE_NAMES; i++) {
        char name = (char)('a' + i);
        const struct kube_object *held = kube_table_find(driver->table, TEXT("n"), (struct text){&name, 1});
        cr_assert_eq(held ? value_of(held) : 0, wanted[i], "%c in the table", name);
        cr_assert_eq(driver->told[i], wanted[i], "%c as told", name);
        count += wanted[i] != 0;
    }
    cr_assert_eq(kube_table_count(driver->table), count);
    cr_assert_eq(driver->synced_count, 1);
}
