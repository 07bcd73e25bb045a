/* A watch whose bytes are cut, reset and ended at every offset, and at random: the table becomes the server's
 * state, and each change is told once. */
#include <criterion/criterion.h>

#include "tests/unit/operator/kube/watch_scene.h"

TestSuite(kube_watch_breaks, .init = given_scene, .fini = end_scene);

/* The bytes of the first answer and of the second one, cut or reset at each offset. */
static void
expect_convergence_at_every_byte(enum fault_end end, bool lacks_watch_list)
{
    for (size_t in_answer = 0; in_answer < 2; in_answer++) {
        bool was_beyond = false;
        for (size_t at = 0; !was_beyond; at++) {
            given_fresh_scene();
            given_server();
            api.lacks_watch_list = lacks_watch_list;
            api.page_items = 3;
            driver_start(&driver, arena, &api);
            if (lacks_watch_list)
                (void)driver_ask(&driver, &NO_FAULT); /* 422 */
            if (in_answer == 1) {
                driver_catch_up(&driver);
                given_changes();
            }
            (void)driver_ask(&driver, &(struct fault){.end = end, .at = at});
            was_beyond = at > 2000;
            cr_assert_not(driver_ask(&driver, &NO_FAULT).is_failure, "what was cut at %zu is in the way", at);
            given_changes();
            driver_catch_up(&driver);
            driver_expect_equal(&driver);
            if (in_answer == 1 && !lacks_watch_list)
                cr_assert_eq(api.lists, 1, "listed again after a break at %zu", at);
        }
    }
}

Test(kube_watch_breaks, a_reset_at_any_byte_loses_and_doubles_nothing)
{
    expect_convergence_at_every_byte(FAULT_RESET, false);
}

Test(kube_watch_breaks, an_end_in_order_at_any_byte_loses_and_doubles_nothing)
{
    expect_convergence_at_every_byte(FAULT_NONE, false);
}

Test(kube_watch_breaks, pages_reset_at_any_byte_lose_and_double_nothing)
{
    expect_convergence_at_every_byte(FAULT_RESET, true);
}

Test(kube_watch_breaks, pages_that_end_at_any_byte_lose_and_double_nothing)
{
    expect_convergence_at_every_byte(FAULT_NONE, true);
}

Test(kube_watch_breaks, tells_the_same_however_the_bytes_are_cut)
{
    for (size_t piece_bytes = 1; piece_bytes < 600; piece_bytes++) {
        given_fresh_scene();
        given_server();
        driver_start(&driver, arena, &api);
        struct fault cut = {.at = SIZE_MAX, .piece_bytes = piece_bytes};
        (void)driver_ask(&driver, &cut);
        given_changes();
        (void)driver_ask(&driver, &cut);
        expect_changes(ALL_CHANGES);
    }
}

/* Xorshift: the same sequence each run. */
static unsigned
random_below(uint64_t *state, unsigned bound)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (unsigned)(*state % bound);
}

static struct fault
random_fault(uint64_t *random)
{
    static const int statuses[] = {401, 403, 404, 410, 429, 500, 504, 406};
    struct fault fault = {.at = SIZE_MAX,
                          .piece_bytes = random_below(random, 4) ? random_below(random, 300) : 0};
    switch (random_below(random, 6)) {
    case 0:
        fault.end = FAULT_REFUSED;
        break;
    case 1:
        fault.end = FAULT_STATUS;
        fault.status = statuses[random_below(random, COUNT_OF(statuses))];
        fault.at = 0;
        break;
    case 2:
    case 3:
        fault.end = FAULT_RESET;
        fault.at = random_below(random, 1500);
        break;
    case 4:
        fault.at = random_below(random, 1500);
        break;
    default:
        break;
    }
    return fault;
}

static void
play_randomly(uint64_t random)
{
    given_fresh_scene();
    api = fake_api_new(arena, 95);
    fake_api_set(&api, 'a', 1);
    api.lacks_watch_list = random_below(&random, 2);
    api.says_gone_by_status = random_below(&random, 2);
    api.has_bookmarks = random_below(&random, 2);
    api.page_items = 1 + (int)random_below(&random, 4);
    driver_start(&driver, arena, &api);
    for (int turn = 0; turn < 40; turn++) {
        for (unsigned changes = random_below(&random, 5); changes > 0; changes--)
            fake_api_set(&api, (char)('a' + random_below(&random, FAKE_NAMES)),
                         (int)random_below(&random, 4));
        if (random_below(&random, 5) == 0)
            api.compacted = fake_api_version(&api);
        struct fault fault = random_fault(&random);
        (void)driver_ask(&driver, &fault);
    }
    driver_catch_up(&driver);
    driver_expect_equal(&driver);
}

Test(kube_watch_breaks, whatever_happens_the_table_is_the_servers_state_in_the_end)
{
    for (uint64_t seed = 1; seed <= 2000; seed++)
        play_randomly(seed * 0x9e3779b97f4a7c15u);
}
