/* No record is lost when the disk is full: replies wait, new calls are refused, and both end by themselves.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

#include "api/types/usage_record.h"
#include "gateway/in_flight.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

static struct arena *arena;
static struct loop *loop;
static struct usage_log *usage_log;
static char folder[] = "/tmp/weir-test-XXXXXX";

static void
given_log(void)
{
    struct error err;
    arena = arena_new(0);
    loop = loop_new(arena);
    cr_assert_not_null(mkdtemp(folder));
    signal(SIGXFSZ, SIG_IGN);
    cr_assert(usage_log_open(arena, loop, folder, &usage_log, &err), "%s", err.message);
}

static void
end_log(void)
{
    usage_log_close(usage_log);
    static const char *const names[] = {"00000000000000000000.log", "lock", "id", IN_FLIGHT_FILE};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        unlink(text_c_string(arena, text_format(arena, "%s/%s", folder, names[i])));
    rmdir(folder);
    arena_free(arena);
}

TestSuite(usage_log, .init = given_log, .fini = end_log);

struct reply {
    struct usage_hold hold;
    int told;
    bool is_written;
};

static void
on_written(void *owner, bool is_written)
{
    struct reply *reply = owner;
    reply->told++;
    reply->is_written = is_written;
    loop_stop(loop);
}

static void
add(struct reply *reply)
{
    reply->hold.on_written = on_written;
    reply->hold.owner = reply;
    usage_log_add(usage_log, TEXT("{\"id\":\"01K\"}"), &reply->hold);
}

static void
stop(void *owner)
{
    loop_stop(owner);
}

static void
run_for_a_turn(void)
{
    struct loop_timer *timer = loop_timer_new(loop, arena, stop, loop);
    loop_timer_start(timer, 0);
    loop_run(loop);
}

/* A file may not grow beyond what it is: what a full disk looks like to write(2). */
static void
given_a_full_disk(bool is_full)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = is_full ? 20 : limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &limit);
}

Test(usage_log, tells_a_reply_once_its_record_is_written)
{
    struct reply reply = {0};
    add(&reply);
    cr_assert_eq(reply.told, 0);

    run_for_a_turn();

    cr_assert_eq(reply.told, 1);
    cr_assert(reply.is_written);
}

Test(usage_log, holds_replies_and_takes_no_new_calls_while_the_disk_is_full_and_recovers_by_itself)
{
    struct reply reply = {0};
    given_a_full_disk(true);
    add(&reply);
    run_for_a_turn();
    cr_assert_eq(reply.told, 0);
    cr_assert_not(usage_log_is_taking(usage_log));

    given_a_full_disk(false);
    loop_run(loop); /* until the reply is told */

    cr_assert_eq(reply.told, 1);
    cr_assert(reply.is_written);
    cr_assert(usage_log_is_taking(usage_log));
}

static void
note(struct reply *reply)
{
    struct usage_record record;
    schema_set_defaults(&usage_record_schema, &record);
    record.id = TEXT("01K");
    cr_assert(usage_log_note(usage_log, &record, &reply->hold));
}

/* What who comes after a kill -9 would find. */
static size_t
count_in_flight(void)
{
    struct in_flight *table;
    struct error err;
    cr_assert(in_flight_open(arena, folder, &table, &err), "%s", err.message);
    size_t count = in_flight_count(table);
    in_flight_close(table);
    return count;
}

Test(usage_log, has_a_call_in_flight_until_its_record_is_in_the_file)
{
    struct reply reply = {0};
    note(&reply);
    given_a_full_disk(true);
    add(&reply);
    run_for_a_turn();
    cr_assert_eq(reply.told, 0);
    cr_assert_eq(count_in_flight(), 1);

    given_a_full_disk(false);
    loop_run(loop); /* until the reply is told */

    cr_assert_eq(count_in_flight(), 0);
}
