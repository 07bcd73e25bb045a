/* The queue by examples, and against a plain model under random schedules. */
#include "operator/runtime/workqueue.h"

#include <criterion/criterion.h>

#include "lib/base/arena.h"

static uint64_t
no_jitter(void)
{
    return 0;
}

static struct text
take(struct workqueue *queue, int64_t now_ms)
{
    struct text key = {0};
    if (!workqueue_take(queue, now_ms, &key))
        return TEXT("none");
    return key;
}

#define EXPECT_TAKE(QUEUE, NOW_MS, KEY)                                                                      \
    do {                                                                                                     \
        struct text taken = take(QUEUE, NOW_MS);                                                             \
        cr_assert(text_equals(taken, TEXT(KEY)), "took %.*s", TEXT_ARG(taken));                              \
    } while (0)

Test(workqueue, gives_each_key_once_however_often_it_was_added)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);
    workqueue_add(queue, TEXT("b"), WORKQUEUE_URGENT, 0);
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);

    EXPECT_TAKE(queue, 0, "a");
    EXPECT_TAKE(queue, 0, "b");
    EXPECT_TAKE(queue, 0, "none");
}

Test(workqueue, a_key_added_while_at_work_runs_once_more_afterwards_and_not_at_the_same_time)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);
    EXPECT_TAKE(queue, 0, "a");
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);
    EXPECT_TAKE(queue, 0, "none");

    workqueue_done(queue, TEXT("a"), WORKQUEUE_FINISHED, 0);

    EXPECT_TAKE(queue, 0, "a");
    workqueue_done(queue, TEXT("a"), WORKQUEUE_FINISHED, 0);
    EXPECT_TAKE(queue, 0, "none");
}

Test(workqueue, failures_come_back_further_and_further_apart_until_one_pass_succeeds)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    int64_t now_ms = 0, last_ms = 0;
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, now_ms);
    for (int i = 0; i < 20; i++) {
        EXPECT_TAKE(queue, now_ms, "a");
        workqueue_done(queue, TEXT("a"), WORKQUEUE_FAILED, now_ms);
        EXPECT_TAKE(queue, now_ms, "none");
        int64_t wait_ms = workqueue_wait_ms(queue, now_ms);
        cr_assert_geq(wait_ms, last_ms);
        cr_assert_leq(wait_ms, WORKQUEUE_MOST_BACK_OFF_MS);
        now_ms += last_ms = wait_ms;
    }
    cr_assert_gt(last_ms, 200000);
    EXPECT_TAKE(queue, now_ms, "a");
    workqueue_done(queue, TEXT("a"), WORKQUEUE_FINISHED, now_ms);
    cr_assert_eq(workqueue_failures(queue, TEXT("a")), 0);
}

Test(workqueue, an_edit_does_not_wait_for_a_back_off)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 0);
    EXPECT_TAKE(queue, 0, "a");
    workqueue_done(queue, TEXT("a"), WORKQUEUE_FAILED, 0);

    workqueue_add(queue, TEXT("a"), WORKQUEUE_URGENT, 1);

    EXPECT_TAKE(queue, 1, "a");
    cr_assert_eq(workqueue_failures(queue, TEXT("a")), 1, "but what failed is not forgotten");
}

Test(workqueue, an_edit_overtakes_the_scan_and_the_scan_still_goes_on)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    for (int i = 0; i < 100; i++)
        workqueue_add(queue, text_format(arena, "scan-%d", i), WORKQUEUE_PATIENT, 0);
    workqueue_add(queue, TEXT("scan-99"), WORKQUEUE_URGENT, 0);
    EXPECT_TAKE(queue, 0, "scan-99");

    int patient = 0;
    for (int i = 0; i < 100; i++) {
        workqueue_add(queue, text_format(arena, "edit-%d", i), WORKQUEUE_URGENT, 0);
        patient += text_starts_with(take(queue, 0), TEXT("scan-"));
    }
    cr_assert_geq(patient, 100 / (WORKQUEUE_PATIENCE + 1));
}

Test(workqueue, what_is_told_afterwards_does_not_overtake_what_was_there_before)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct workqueue *queue = workqueue_new(arena, no_jitter);
    workqueue_add(queue, TEXT("done"), WORKQUEUE_PATIENT, 0);
    EXPECT_TAKE(queue, 0, "done");
    workqueue_add_after(queue, TEXT("done"), WORKQUEUE_PATIENT, 5, 0);
    workqueue_add_after(queue, TEXT("wanted"), WORKQUEUE_URGENT, 5, 0);
    workqueue_done(queue, TEXT("done"), WORKQUEUE_FINISHED, 0);
    workqueue_add(queue, TEXT("not yet"), WORKQUEUE_PATIENT, 0);

    EXPECT_TAKE(queue, 10, "wanted");
    EXPECT_TAKE(queue, 10, "not yet");
    EXPECT_TAKE(queue, 10, "done");
}

/* ---- the model: for each key whether it is due, at work, dirty, and when it comes back ---- */

#define MODEL_KEYS 8
struct model_key {
    bool is_due, is_at_work, is_dirty;
    int64_t at_ms, again_ms; /* -1: not */
};

struct schedule {
    struct workqueue *queue;
    struct model_key keys[MODEL_KEYS];
    int64_t now_ms;
    uint64_t seed;
};

static uint64_t
next_random(struct schedule *schedule)
{
    schedule->seed = schedule->seed * 6364136223846793005u + 1442695040888963407u;
    return schedule->seed >> 33;
}

static struct text
key_text(size_t index)
{
    static const char names[] = "abcdefgh";
    return (struct text){names + index, 1};
}

static void
make_due(struct schedule *schedule)
{
    for (size_t i = 0; i < MODEL_KEYS; i++) {
        struct model_key *key = &schedule->keys[i];
        if (key->at_ms >= 0 && key->at_ms <= schedule->now_ms)
            *key = (struct model_key){.is_due = true, .at_ms = -1, .again_ms = -1};
    }
}

static void
add_one(struct schedule *schedule, size_t index)
{
    struct model_key *key = &schedule->keys[index];
    enum workqueue_lane lane = next_random(schedule) % 2 ? WORKQUEUE_URGENT : WORKQUEUE_PATIENT;
    workqueue_add(schedule->queue, key_text(index), lane, schedule->now_ms);
    key->is_dirty = key->is_at_work;
    if (!key->is_at_work) {
        key->is_due = true;
        key->at_ms = -1;
    }
}

static void
add_later(struct schedule *schedule, size_t index)
{
    struct model_key *key = &schedule->keys[index];
    int64_t delay_ms = (int64_t)(next_random(schedule) % 300) + 1, at_ms = schedule->now_ms + delay_ms;
    enum workqueue_lane lane = next_random(schedule) % 2 ? WORKQUEUE_URGENT : WORKQUEUE_PATIENT;
    workqueue_add_after(schedule->queue, key_text(index), lane, delay_ms, schedule->now_ms);
    if (key->is_at_work)
        key->again_ms = key->again_ms < 0 || at_ms < key->again_ms ? at_ms : key->again_ms;
    else if (!key->is_due)
        key->at_ms = key->at_ms < 0 || at_ms < key->at_ms ? at_ms : key->at_ms;
}

static void
take_one(struct schedule *schedule)
{
    struct text taken;
    make_due(schedule);
    size_t due = 0;
    for (size_t i = 0; i < MODEL_KEYS; i++)
        due += schedule->keys[i].is_due;
    cr_assert_eq(workqueue_wait_ms(schedule->queue, schedule->now_ms) == 0, due > 0);
    if (!workqueue_take(schedule->queue, schedule->now_ms, &taken)) {
        cr_assert_eq(due, 0u);
        return;
    }
    struct model_key *key = &schedule->keys[taken.bytes[0] - 'a'];
    cr_assert(key->is_due && !key->is_at_work, "key %.*s", TEXT_ARG(taken));
    *key = (struct model_key){.is_at_work = true, .at_ms = -1, .again_ms = -1};
}

static void
finish_one(struct schedule *schedule, size_t index)
{
    struct model_key *key = &schedule->keys[index];
    if (!key->is_at_work)
        return;
    workqueue_done(schedule->queue, key_text(index), WORKQUEUE_FINISHED, schedule->now_ms);
    key->is_at_work = false;
    key->is_due = key->is_dirty;
    key->at_ms = key->is_dirty ? -1 : key->again_ms;
    key->is_dirty = false;
    key->again_ms = -1;
}

Test(workqueue, agrees_with_a_plain_model_under_random_schedules)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct arena *arena = arena_new(0);
        struct schedule schedule = {.queue = workqueue_new(arena, no_jitter), .seed = seed};
        for (size_t i = 0; i < MODEL_KEYS; i++)
            schedule.keys[i] = (struct model_key){.at_ms = -1, .again_ms = -1};
        for (int step = 0; step < 500; step++) {
            size_t index = next_random(&schedule) % MODEL_KEYS;
            make_due(&schedule);
            switch (next_random(&schedule) % 5) {
            case 0:
                add_one(&schedule, index);
                break;
            case 1:
                add_later(&schedule, index);
                break;
            case 2:
                finish_one(&schedule, index);
                break;
            case 3:
                schedule.now_ms += (int64_t)(next_random(&schedule) % 100);
                break;
            default:
                take_one(&schedule);
            }
        }
        arena_free(arena);
    }
}
