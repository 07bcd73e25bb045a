/* A child that ends with us: what it knows is in its database, and a next one goes on from there. */
#include "operator/local/local_ledger.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/id.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"
#include "operator/local/program_spawn.h"
#include "operator/local/state_folder.h"

enum {
    FIRST_WAIT_MS = 250,
    MOST_WAIT_MS = 10000,
    HEALTHY_MS = 10000,
    STOP_MS = 10000,
    MOST_ARGUMENTS = 24,
    TOKEN_BYTES = 32
};

struct local_ledger {
    struct arena *arena;
    struct local_ledger_options options;
    struct loop_timer *timer;
    char **arguments;
    pid_t pid; /* 0: it does not run */
    int64_t started_ms, wait_ms;
    bool is_stopping;
    void (*on_stopped)(void *owner);
    void *stopped_owner;
};

static void start(void *owner);
static void on_time(void *owner);
static void on_child(void *owner, pid_t pid, int wait_status);
static void tell_trouble(const struct local_ledger *ledger, int wait_status);
static void start_later(struct local_ledger *ledger);
static bool list_arguments(struct local_ledger *ledger, struct error *err);
static char **list_rest(struct local_ledger *ledger, char **out_arguments);
static char **list_price_card(struct local_ledger *ledger, char **out_arguments);
static bool list_alert_key(struct local_ledger *ledger, char **out_arguments, struct error *err);
static bool make_token(const struct local_ledger *ledger, struct error *err);

bool
local_ledger_start(struct arena *arena, const struct local_ledger_options *options,
                   struct local_ledger **out_process, struct error *err)
{
    struct local_ledger *ledger = arena_alloc(arena, sizeof(*ledger));
    *ledger = (struct local_ledger){.arena = arena, .options = *options};
    ledger->timer = loop_timer_new(options->loop, arena, on_time, ledger);
    if (!make_token(ledger, err) || !list_arguments(ledger, err))
        return error_context(err, "starting the ledger");
    start(ledger);
    *out_process = ledger;
    return true;
}

pid_t
local_ledger_pid(const struct local_ledger *ledger)
{
    return ledger->pid;
}

void
local_ledger_stop(struct local_ledger *ledger, void (*on_stopped)(void *owner), void *owner)
{
    ledger->is_stopping = true;
    ledger->on_stopped = on_stopped;
    ledger->stopped_owner = owner;
    loop_timer_start(ledger->timer, ledger->pid ? STOP_MS : 0);
    if (ledger->pid)
        kill(ledger->pid, SIGTERM);
}

void
local_ledger_kill(struct local_ledger *ledger)
{
    if (ledger->pid)
        kill(ledger->pid, SIGKILL);
}

const char *
local_ledger_token_file(const struct state_folder *state, struct arena *arena)
{
    return state_folder_file(state, arena, "rest-token");
}

static bool
list_arguments(struct local_ledger *ledger, struct error *err)
{
    struct arena *arena = ledger->arena;
    const struct state_folder *state = ledger->options.state;
    char *usage = NULL, *rest = NULL;
    if (!state_folder_socket(state, arena, "ledger.sock", &usage, err) ||
        !state_folder_socket(state, arena, "ledger-api.sock", &rest, err))
        return false;
    struct text database = text_format(arena, "sqlite:%s", state_folder_file(state, arena, "ledger.db"));
    char *const list[] = {text_c_string(arena, text_of(ledger->options.program)),
                          text_c_string(arena, TEXT("--with-parent")),
                          text_c_string(arena, TEXT("--database")),
                          text_c_string(arena, database),
                          text_c_string(arena, TEXT("--usage-socket")),
                          usage,
                          text_c_string(arena, TEXT("--rest-socket")),
                          rest,
                          text_c_string(arena, TEXT("--audit-checkpoints")),
                          text_c_string(arena, text_of(state_folder_file(state, arena, "audit")))};
    ledger->arguments = arena_alloc_array(arena, MOST_ARGUMENTS, sizeof(char *));
    memcpy(ledger->arguments, list, sizeof(list));
    char **next = list_price_card(ledger, ledger->arguments + COUNT_OF(list));
    return list_alert_key(ledger, list_rest(ledger, next), err);
}

/* Returns where the next one goes. */
static char **
list_price_card(struct local_ledger *ledger, char **out_arguments)
{
    if (!ledger->options.price_card)
        return out_arguments;
    *out_arguments++ = text_c_string(ledger->arena, TEXT("--price-card"));
    *out_arguments++ = text_c_string(ledger->arena, text_of(ledger->options.price_card));
    return out_arguments;
}

static char **
list_rest(struct local_ledger *ledger, char **out_arguments)
{
    struct arena *arena = ledger->arena;
    if (ledger->options.rest_port == 0)
        return out_arguments;
    *out_arguments++ = text_c_string(arena, TEXT("--rest-listen"));
    *out_arguments++ = text_c_string(arena, text_format(arena, "127.0.0.1:%d", ledger->options.rest_port));
    *out_arguments++ = text_c_string(arena, TEXT("--rest-token-file"));
    *out_arguments++ = text_c_string(arena, text_of(local_ledger_token_file(ledger->options.state, arena)));
    return out_arguments;
}

static bool
list_alert_key(struct local_ledger *ledger, char **out_arguments, struct error *err)
{
    const char *key = ledger->options.alert_key;
    if (!key)
        return true;
    if (access(key, R_OK) != 0)
        return error_set_errno(err, errno, "--alert-key-file %s", key);
    *out_arguments++ = text_c_string(ledger->arena, TEXT("--alert-key-file"));
    *out_arguments = text_c_string(ledger->arena, text_of(key));
    return true;
}

/* 256 random bits, once for each state folder: what people wrote into their tools stays good. */
static bool
make_token(const struct local_ledger *ledger, struct error *err)
{
    struct arena *arena = ledger->arena;
    const char *path = local_ledger_token_file(ledger->options.state, arena);
    uint8_t bits[TOKEN_BYTES];
    if (ledger->options.rest_port == 0 || access(path, F_OK) == 0)
        return true;
    id_random_bytes(bits, sizeof(bits));
    struct text token = digest_base64url(arena, bits, sizeof(bits));
    digest_forget(bits, sizeof(bits));
    return file_write_atomic(path, text_format(arena, "%.*s\n", TEXT_ARG(token)), 0600, err);
}

static void
start(void *owner)
{
    struct local_ledger *ledger = owner;
    struct error why;
    ledger->started_ms = loop_now_ms(ledger->options.loop);
    if (program_spawn(ledger->options.state, TEXT("ledger"), ledger->arguments, &ledger->pid, &why)) {
        loop_on_child(ledger->options.loop, ledger->pid, on_child, ledger);
        return;
    }
    ledger->pid = 0;
    if (ledger->options.on_trouble)
        ledger->options.on_trouble(ledger->options.owner, why.message);
    start_later(ledger);
}

/* Time to start again, or time is up for one that was to end. */
static void
on_time(void *owner)
{
    struct local_ledger *ledger = owner;
    if (!ledger->is_stopping)
        start(ledger);
    else if (ledger->pid)
        kill(ledger->pid, SIGKILL);
    else
        ledger->on_stopped(ledger->stopped_owner);
}

static void
on_child(void *owner, pid_t pid, int wait_status)
{
    struct local_ledger *ledger = owner;
    if (pid != ledger->pid)
        return;
    ledger->pid = 0;
    if (ledger->is_stopping) {
        loop_timer_start(ledger->timer, 0);
        return;
    }
    tell_trouble(ledger, wait_status);
    start_later(ledger);
}

static void
tell_trouble(const struct local_ledger *ledger, int wait_status)
{
    if (!ledger->options.on_trouble)
        return;
    scoped_arena struct arena *scratch = arena_new(0);
    bool is_signal = WIFSIGNALED(wait_status);
    struct text note =
        text_format(scratch, "ended %s %d; its log: %s", is_signal ? "by signal" : "with status",
                    is_signal ? WTERMSIG(wait_status) : WEXITSTATUS(wait_status),
                    program_spawn_log(ledger->options.state, scratch, TEXT("ledger")));
    ledger->options.on_trouble(ledger->options.owner, text_c_string(scratch, note));
}

static void
start_later(struct local_ledger *ledger)
{
    bool was_healthy = loop_now_ms(ledger->options.loop) - ledger->started_ms > HEALTHY_MS;
    int64_t next_ms = was_healthy || ledger->wait_ms == 0 ? FIRST_WAIT_MS : ledger->wait_ms * 2;
    ledger->wait_ms = next_ms > MOST_WAIT_MS ? MOST_WAIT_MS : next_ms;
    loop_timer_start(ledger->timer, ledger->wait_ms);
}
