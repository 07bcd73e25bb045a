/* A child with a pipe for its stdout, in a process group of its own so that what it started ends with it. */
#include "operator/kube/kube_exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/net/loop.h"

enum { READ_BYTES = 16384, REAP_MS = 5 };

struct kube_exec {
    struct arena *arena;
    const struct kube_exec_plan *plan;
    struct kube_exec_events events;
    struct loop_io *io;
    struct loop_timer *timer; /* the time limit; after the output's end, when to look for the child's */
    struct buffer output;
    int64_t deadline_ms;
    pid_t pid; /* 0: none */
    int fd;    /* -1: its end was seen */
    bool was_started, is_done;
};

extern char **environ;

static void exec_release(void *owner);
static bool spawn(struct kube_exec *exec, struct text question, struct error *err);
static char **environment_of(struct kube_exec *exec, struct text question);
static void on_output(void *owner, int events);
static void on_time(void *owner);
static void finish(struct kube_exec *exec, const struct kube_credential *credential, const struct error *err);
static void judge(struct kube_exec *exec, int wait_status);

struct kube_exec *
kube_exec_start(struct arena *arena, struct loop *loop, const struct kube_exec_plan *plan,
                struct text question, const struct kube_exec_events *events)
{
    struct kube_exec *exec = arena_alloc(arena, sizeof(*exec));
    exec->arena = arena;
    exec->plan = plan;
    exec->events = *events;
    exec->fd = -1;
    exec->deadline_ms = clock_now_ms() + plan->time_limit_ms;
    buffer_init(&exec->output, arena, 4096);
    exec->io = loop_io_new(loop, arena, on_output, exec);
    exec->timer = loop_timer_new(loop, arena, on_time, exec);
    arena_defer(arena, exec_release, exec);
    struct error *err = arena_alloc(arena, sizeof(*err));
    exec->was_started = spawn(exec, question, err);
    if (exec->was_started) {
        loop_io_watch(exec->io, exec->fd, LOOP_READ);
        loop_timer_start(exec->timer, plan->time_limit_ms);
    } else {
        buffer_add_string(&exec->output, err->message);
        loop_timer_start(exec->timer, 0); /* told from the loop */
    }
    return exec;
}

static void
close_output(struct kube_exec *exec)
{
    if (exec->fd < 0)
        return;
    loop_io_stop(exec->io);
    close(exec->fd);
    exec->fd = -1;
}

static void
end_child(struct kube_exec *exec)
{
    if (exec->pid <= 0)
        return;
    kill(-exec->pid, SIGKILL);
    kill(exec->pid, SIGKILL);
    while (waitpid(exec->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    exec->pid = 0;
}

static void
exec_release(void *owner)
{
    struct kube_exec *exec = owner;
    close_output(exec);
    end_child(exec);
}

static bool
spawn(struct kube_exec *exec, struct text question, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(err, errno, "a pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    char *const *arguments = (char *const *)(uintptr_t)exec->plan->arguments; /* never written to */
    int failure = posix_spawnp(&exec->pid, exec->plan->program, &files, &attributes, arguments,
                               environment_of(exec, question));
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    exec->fd = ends[0];
    if (failure == 0)
        return true;
    exec->pid = 0;
    close_output(exec);
    return error_set_errno(err, failure, "it cannot be started");
}

/* Ours, with the plan's on top, and the question. */
static char **
environment_of(struct kube_exec *exec, struct text question)
{
    size_t own = 0, given = 0, count = 0;
    while (environ && environ[own])
        own++;
    const char *const *extra = exec->plan->environment;
    while (extra[given])
        given++;
    char **all = arena_alloc_array(exec->arena, own + given + 2, sizeof(*all));
    all[count++] =
        text_c_string(exec->arena, text_format(exec->arena, "KUBERNETES_EXEC_INFO=%.*s", TEXT_ARG(question)));
    for (size_t i = 0; i < given; i++)
        all[count++] = text_c_string(exec->arena, text_of(extra[i]));
    for (size_t i = 0; i < own; i++) {
        struct text rest = text_of(environ[i]);
        struct text name = {environ[i], text_cut(&rest, '=').length + 1};
        bool is_set = false;
        for (size_t j = 0; j < given + 1 && !is_set; j++)
            is_set = text_starts_with(text_of(all[j]), name);
        if (!is_set)
            all[count++] = environ[i];
    }
    return all;
}

static void
fail(struct kube_exec *exec, const char *why)
{
    struct error err = {0};
    bool shows_hint = exec->plan->install_hint.length > 0 && !exec->was_started;
    struct text hint = utf8_at_most(exec->plan->install_hint, 200);
    error_set(&err, ERROR_UNAVAILABLE, "the credential plugin %s: %s%s%.*s", exec->plan->program, why,
              shows_hint ? ". " : "", shows_hint ? (int)hint.length : 0, hint.bytes ? hint.bytes : "");
    end_child(exec);
    close_output(exec);
    finish(exec, NULL, &err);
}

static void
on_output(void *owner, int events)
{
    (void)events;
    struct kube_exec *exec = owner;
    char *place = buffer_reserve(&exec->output, READ_BYTES);
    ssize_t length = read(exec->fd, place, READ_BYTES);
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length <= 0) {
        close_output(exec);
        loop_timer_start(exec->timer, 0);
        return;
    }
    buffer_grew(&exec->output, (size_t)length);
    if (exec->output.length > KUBE_EXEC_MOST_BYTES)
        fail(exec, "it prints more than a credential");
}

static void
on_time(void *owner)
{
    struct kube_exec *exec = owner;
    int wait_status = 0;
    if (!exec->was_started) {
        fail(exec, text_c_string(exec->arena, buffer_text(&exec->output)));
        return;
    }
    pid_t ended = exec->fd < 0 ? waitpid(exec->pid, &wait_status, WNOHANG) : 0;
    if (ended == exec->pid) {
        judge(exec, wait_status);
    } else if (clock_now_ms() >= exec->deadline_ms) {
        char words[80];
        snprintf(words, sizeof(words), "it has not answered in %lld ms",
                 (long long)exec->plan->time_limit_ms);
        fail(exec, words);
    } else {
        loop_timer_start(exec->timer, REAP_MS);
    }
}

static void
judge(struct kube_exec *exec, int wait_status)
{
    exec->pid = 0;
    struct kube_credential credential;
    struct error err = {0};
    char words[560];
    if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0) {
        snprintf(words, sizeof(words),
                 WIFEXITED(wait_status) ? "it ended with status %d" : "signal %d ended it",
                 WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : WTERMSIG(wait_status));
        fail(exec, words);
    } else if (kube_credential_parse(exec->arena, buffer_text(&exec->output), exec->plan->api_version,
                                     &credential, &err)) {
        finish(exec, &credential, NULL);
    } else {
        fail(exec, err.message);
    }
}

static void
finish(struct kube_exec *exec, const struct kube_credential *credential, const struct error *err)
{
    if (exec->is_done)
        return;
    exec->is_done = true;
    loop_timer_stop(exec->timer);
    exec->events.on_done(exec->events.owner, credential, err);
}
