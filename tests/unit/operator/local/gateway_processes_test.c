/* Gateway processes, with shell scripts in the place of weir-gateway. */
#include <criterion/criterion.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/local/gateway_processes.h"
#include "operator/local/gateway_record.h"
#include "operator/local/state_folder.h"
#include "tests/unit/operator/local/temporary.h"

TestSuite(gateway_processes, .init = given_temporary_folder, .fini = end_temporary_folder, .timeout = 30);

/* What a test waits for: the loop stops when it is there. */
struct bench {
    struct loop *loop;
    struct state_folder *state;
    struct gateway_processes *processes;
    struct arena *arena;
    bool is_waiting;
    enum gateway_state awaited;
    int64_t awaited_restarts;
    int ended;
};

static const struct gateway_process wanted = {
    .workspace = {"demo", 4}, .environment = {"dev", 3}, .namespace = {"demo-dev", 8}};

static void
on_change(void *owner, const struct gateway_process *gateway)
{
    struct bench *bench = owner;
    if (bench->is_waiting && gateway->state == bench->awaited && gateway->restarts >= bench->awaited_restarts)
        loop_stop(bench->loop);
}

static void
on_ended(void *owner, struct text namespace)
{
    struct bench *bench = owner;
    cr_assert(text_equals(namespace, TEXT("demo-dev")));
    bench->ended++;
    loop_stop(bench->loop);
}

static const char *
program(const char *script)
{
    write_file("gateway", script);
    cr_assert_eq(chmod(in_folder("gateway"), 0755), 0);
    return in_folder("gateway");
}

static struct bench *
given_bench(const char *script)
{
    struct bench *bench = arena_alloc(test_arena, sizeof(*bench));
    bench->arena = arena_new(0);
    bench->loop = loop_new(bench->arena);
    struct error err = {0};
    cr_assert(state_folder_open(bench->arena, in_folder(".weir"), &bench->state, &err), "%s", err.message);
    struct gateway_options options = {
        .loop = bench->loop,
        .state = bench->state,
        .program = program(script),
        .events = {.on_change = on_change, .on_ended = on_ended, .owner = bench}};
    bench->processes = gateway_processes_new(bench->arena, &options);
    return bench;
}

static void
end_bench(struct bench *bench)
{
    gateway_processes_kill_all(bench->processes);
    arena_free(bench->arena);
}

static void
run_until(struct bench *bench, enum gateway_state state, int64_t restarts)
{
    bench->is_waiting = true;
    bench->awaited = state;
    bench->awaited_restarts = restarts;
    loop_run(bench->loop);
    bench->is_waiting = false;
}

static void
drain(struct bench *bench)
{
    gateway_processes_drain(bench->processes, TEXT("demo-dev"));
    while (bench->ended == 0)
        loop_run(bench->loop);
}

static const char *const stays = "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 0.05; done\n";

Test(gateway_processes, a_wanted_gateway_is_started_once_with_its_arguments)
{
    struct bench *bench =
        given_bench("#!/bin/sh\necho \"$@\"\ntrap 'exit 0' TERM\nwhile :; do sleep 0.05; done\n");

    gateway_processes_want(bench->processes, &wanted, 0);
    pid_t pid = gateway_processes_find(bench->processes, TEXT("demo-dev"))->pid;
    gateway_processes_want(bench->processes, &wanted, 0);

    cr_assert_gt(pid, 0);
    cr_assert_eq(gateway_processes_count(bench->processes), 1);
    cr_assert_eq(gateway_processes_find(bench->processes, TEXT("demo-dev"))->pid, pid);
    cr_assert(file_is_there(".weir/processes/demo-dev.json"));
    drain(bench);
    cr_assert_not(file_is_there(".weir/processes/demo-dev.json"));
    end_bench(bench);
}

Test(gateway_processes, a_gateway_gets_no_provider_keys_and_its_output_goes_to_its_log)
{
    setenv("OPENAI_API_KEY", "canary-key", 1);
    struct bench *bench = given_bench("#!/bin/sh\necho \"$@\"\nenv\necho complaint >&2\nexit 3\n");

    gateway_processes_want(bench->processes, &wanted, 0);
    run_until(bench, GATEWAY_WAITING, 1);

    struct text log = contents_of(".weir/log/demo-dev.log");
    cr_assert(text_find(log, TEXT("--workspace demo --environment dev --name demo-dev-0 --control ")) >= 0);
    cr_assert(text_find(log, TEXT("--listen 127.0.0.1:0 --admin 127.0.0.1:0")) >= 0);
    cr_assert(text_find(log, TEXT("complaint")) >= 0);
    cr_assert(text_find(log, TEXT("canary-key")) < 0);
    cr_assert_eq(mode_of(".weir/log/demo-dev.log"), 0600);
    const struct gateway_process *gateway = gateway_processes_find(bench->processes, TEXT("demo-dev"));
    cr_assert(text_starts_with(gateway->note, TEXT("ended with status 3")));
    end_bench(bench);
}

Test(gateway_processes, one_that_ends_by_itself_is_started_again_and_again)
{
    struct bench *bench = given_bench("#!/bin/sh\nexit 1\n");

    gateway_processes_want(bench->processes, &wanted, 0);
    run_until(bench, GATEWAY_WAITING, 3);

    cr_assert_geq(gateway_processes_find(bench->processes, TEXT("demo-dev"))->restarts, 3);
    end_bench(bench);
}

Test(gateway_processes, a_program_that_cannot_be_started_is_a_note_and_a_retry)
{
    struct bench *bench = given_bench("#!/no/such/interpreter\n");

    gateway_processes_want(bench->processes, &wanted, 0);

    const struct gateway_process *gateway = gateway_processes_find(bench->processes, TEXT("demo-dev"));
    cr_assert_eq(gateway->state, GATEWAY_WAITING);
    cr_assert(text_find(gateway->note, TEXT("starting")) >= 0);
    end_bench(bench);
}

Test(gateway_processes, a_hello_makes_it_running_and_tells_its_port)
{
    struct bench *bench = given_bench(stays);
    gateway_processes_want(bench->processes, &wanted, 0);
    struct control_hello hello = {.workspace = wanted.workspace,
                                  .environment = wanted.environment,
                                  .pid = gateway_processes_find(bench->processes, TEXT("demo-dev"))->pid,
                                  .port = 12345,
                                  .admin_port = 12346};

    gateway_processes_note_hello(bench->processes, &hello);
    gateway_processes_note_ack(bench->processes, &hello);

    const struct gateway_process *gateway = gateway_processes_find(bench->processes, TEXT("demo-dev"));
    cr_assert_eq(gateway->state, GATEWAY_RUNNING);
    cr_assert_eq(gateway->port, 12345);
    cr_assert_gt(gateway->started_in_ms, 0);
    drain(bench);
    end_bench(bench);
}

Test(gateway_processes, a_hello_of_another_process_changes_nothing)
{
    struct bench *bench = given_bench(stays);
    gateway_processes_want(bench->processes, &wanted, 0);
    struct control_hello hello = {
        .workspace = wanted.workspace, .environment = wanted.environment, .pid = 1, .port = 12345};

    gateway_processes_note_hello(bench->processes, &hello);

    cr_assert_eq(gateway_processes_find(bench->processes, TEXT("demo-dev"))->state, GATEWAY_STARTING);
    drain(bench);
    end_bench(bench);
}

Test(gateway_processes, one_that_is_wanted_again_while_it_drains_is_started_anew)
{
    struct bench *bench = given_bench(stays);
    gateway_processes_want(bench->processes, &wanted, 0);
    pid_t first = gateway_processes_find(bench->processes, TEXT("demo-dev"))->pid;

    gateway_processes_drain(bench->processes, TEXT("demo-dev"));
    gateway_processes_want(bench->processes, &wanted, 0);
    run_until(bench, GATEWAY_STARTING, 0);

    cr_assert_neq(gateway_processes_find(bench->processes, TEXT("demo-dev"))->pid, first);
    cr_assert_eq(bench->ended, 0);
    drain(bench);
    end_bench(bench);
}

/* As an operator that was killed leaves it. */
static void
given_record(pid_t pid, struct text started)
{
    struct arena *arena = arena_new(0);
    struct state_folder *state = NULL;
    struct error err = {0};
    cr_assert(state_folder_open(arena, in_folder(".weir"), &state, &err), "%s", err.message);
    struct gateway_record record = {.workspace = wanted.workspace,
                                    .environment = wanted.environment,
                                    .namespace = wanted.namespace,
                                    .pid = pid,
                                    .started = started};
    cr_assert(gateway_record_store(state, &record, &err), "%s", err.message);
    arena_free(arena);
}

static pid_t
given_left_over(void)
{
    char name[] = "sleep", time[] = "1000";
    char *arguments[] = {name, time, NULL};
    pid_t pid = 0;
    cr_assert_eq(posix_spawnp(&pid, name, NULL, NULL, arguments, NULL), 0);
    given_record(pid, gateway_record_start_of(test_arena, pid));
    return pid;
}

Test(gateway_processes, a_restarted_operator_adopts_what_still_runs)
{
    pid_t pid = given_left_over();

    struct bench *second = given_bench(stays);
    gateway_processes_want(second->processes, &wanted, 0);

    const struct gateway_process *gateway = gateway_processes_find(second->processes, TEXT("demo-dev"));
    cr_assert_eq(gateway->pid, pid, "no second one is started");
    cr_assert_eq(gateway->state, GATEWAY_ADOPTING);
    cr_assert(gateway->is_adopted);
    struct control_hello hello = {
        .workspace = wanted.workspace, .environment = wanted.environment, .pid = pid, .port = 12345};
    gateway_processes_note_hello(second->processes, &hello);
    cr_assert_eq(gateway->state, GATEWAY_RUNNING);
    drain(second);
    cr_assert_eq(waitpid(pid, NULL, 0), pid, "the test is its parent");
    end_bench(second);
}

Test(gateway_processes, a_record_whose_process_is_gone_is_forgotten)
{
    given_record(getpid(), TEXT("1")); /* this pid, but another process */

    struct bench *second = given_bench(stays);

    cr_assert_eq(gateway_processes_count(second->processes), 0);
    cr_assert_not(file_is_there(".weir/processes/demo-dev.json"));
    end_bench(second);
}

Test(gateway_processes, a_process_knows_itself_by_its_start)
{
    struct text started = gateway_record_start_of(test_arena, getpid());

    cr_assert(gateway_record_is_running(getpid(), started));
    cr_assert_not(gateway_record_is_running(getpid(), TEXT("1")));
}
