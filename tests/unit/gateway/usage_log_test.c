/* No record is lost when the disk is full: replies wait, new calls are refused, and both end by themselves.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <sys/resource.h>

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
    for (const char *name = "00000000000000000000.log"; name; name = *name == '0' ? "lock" : NULL)
        unlink(text_c_string(arena, text_format(arena, "%s/%s", folder, name)));
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
