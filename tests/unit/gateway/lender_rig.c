#include "tests/unit/gateway/lender_rig.h"

#include <dirent.h>
#include <fcntl.h>

#include "gateway/gateway.h"
#include "gateway/ledger_link.h"
#include "gateway/usage_log.h"
#include "lib/base/error.h"
#include "lib/base/metrics.h"

enum { LOOK_MS = 1 };

struct played_ledger ledger;
struct arena *arena;
struct loop *loop;
struct lender *lender;
struct metrics *metrics;
struct lender_call calls[MOST_CALLS];
struct lease_need needs[MOST_CALLS];
static struct gateway gateway;
static struct ledger_link *dialled;
static struct loop_timer *looking;
static bool (*is_over)(size_t wanted);
static size_t wanted_count;
static char folder[] = "/tmp/weir-test-XXXXXX";

static const struct lease_account_name month = {TEXT("month"), TEXT("demo/dev"), TEXT("2026-11")};
static char answered[MOST_CALLS + 1]; /* in order: 'a' is call 0 */

static void
look(void *owner)
{
    (void)owner;
    if (is_over(wanted_count))
        loop_stop(loop);
    else
        loop_timer_start(looking, LOOK_MS);
}

/* The suite's time is the bound. */
void
until(bool (*condition)(size_t wanted), size_t wanted)
{
    is_over = condition;
    wanted_count = wanted;
    loop_timer_start(looking, 0);
    loop_run(loop);
}

bool
has_heard(size_t wanted)
{
    return ledger.heard_count >= wanted;
}

static bool
has_answered(size_t wanted)
{
    return strlen(answered) >= wanted;
}

static bool
is_up(size_t wanted)
{
    return ledger_link_is_up(dialled) == (wanted > 0);
}

bool
has_closed(size_t wanted)
{
    return ledger.close_count >= wanted;
}

void
given_lender(void)
{
    struct error err = {0};
    arena = arena_new(0);
    loop = loop_new(arena);
    looking = loop_timer_new(loop, arena, look, NULL);
    cr_assert_not_null(mkdtemp(folder));
    const char *socket_path = text_c_string(arena, text_format(arena, "%s/ledger.sock", folder));
    gateway = (struct gateway){
        .site.loop = loop, .workspace = TEXT("demo"), .environment = TEXT("dev"), .name = TEXT("demo-dev-0")};
    cr_assert(usage_log_open(arena, loop, folder, &gateway.usage_log, &err), "%s", err.message);
    played_ledger_start(&ledger, arena, loop, socket_path);
    metrics = metrics_new(arena);
    lender = lender_new(arena, loop, metrics);
    dialled = ledger_link_start(arena, &gateway, &(struct ledger_link_options){.address = socket_path});
    lender_use_ledger(lender, dialled);
}

void
end_lender(void)
{
    ledger_link_close(dialled);
    usage_log_close(gateway.usage_log);
    played_ledger_end(&ledger);
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    rmdir(folder);
    arena_free(arena);
}

static void
on_answer(void *owner)
{
    size_t which = (size_t)((struct lender_call *)owner - calls);
    answered[strlen(answered)] = (char)('a' + which);
}

struct lease_account_name
name_of(const void *named_by, size_t need)
{
    (void)need;
    return *(const struct lease_account_name *)named_by;
}

enum lender_answer
hold(size_t which, int64_t amount)
{
    struct error err = {0};
    struct lender_call *call = &calls[which];
    struct lease_account_place place = {0};
    cr_assert(lender_account(lender, &month, lender_now_ms(lender) + 3600000, &place, &err), "%s",
              err.message);
    needs[which].account = place.account;
    needs[which].amount = amount;
    *call = (struct lender_call){.waiter = {.needs = &needs[which], .count = 1},
                                 .name_of = name_of,
                                 .named_by = &month,
                                 .asked_ms = lender_now_ms(lender),
                                 .patience_ms = 60000,
                                 .on_answer = on_answer,
                                 .owner = call};
    return lender_hold(lender, call);
}

const struct ledger_frame *
next_frame(enum ledger_frame_type type)
{
    static size_t seen;
    until(has_heard, seen + 1);
    const struct ledger_frame *frame = &ledger.heard[seen++];
    cr_assert_eq(frame->type, type, "a %s came", ledger_frame_type_names[frame->type]);
    return frame;
}

void
welcome(void)
{
    next_frame(LEDGER_HELLO);
    played_ledger_say(&ledger, &(struct ledger_frame){.type = LEDGER_WELCOME});
    until(is_up, 1);
}

void
lend(int64_t number, const char *lease, int64_t amount, int64_t left)
{
    played_ledger_say(&ledger, &(struct ledger_frame){.type = LEDGER_LENT,
                                                      .lent = {.number = number,
                                                               .lease = text_of(lease),
                                                               .amount = amount,
                                                               .length_ms = LEASE_LENGTH_MS,
                                                               .left = left,
                                                               .used = 7,
                                                               .replicas = 1}});
}

void
expect_answered(const char *order)
{
    until(has_answered, strlen(order));
    cr_assert_str_eq(answered, order);
}

void
settle(size_t which, int64_t actual)
{
    (void)lender_settle(arena, lender, &calls[which].waiter.hold, &actual, 1);
}
