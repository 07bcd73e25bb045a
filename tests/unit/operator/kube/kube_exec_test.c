/* A plugin's time. */
#include "operator/kube/kube_exec.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"

static struct error told;
static struct loop *loop;

static void
on_done(void *owner, const struct kube_credential *credential, const struct error *err)
{
    (void)owner;
    (void)credential;
    told = *err;
    loop_stop(loop);
}

Test(kube_exec, a_plugin_that_hangs_is_ended_with_what_it_started)
{
    struct arena *arena = arena_new(0);
    loop = loop_new(arena);
    static const char *const arguments[] = {"sh", "-c", "sleep 1000 & wait", NULL}, *const none[] = {NULL};
    struct kube_exec_plan plan = {
        .program = "sh", .arguments = arguments, .environment = none, .time_limit_ms = 50};
    struct kube_exec_events events = {on_done, NULL};
    kube_exec_start(arena, loop, &plan, TEXT("{}"), &events);
    alarm(20);
    loop_run(loop);
    cr_assert(strstr(told.message, "has not answered in 50 ms"), "%s", told.message);
    arena_free(arena);
}
