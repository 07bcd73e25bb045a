/* See the header. */
#include "tests/unit/api/server/ledger/lend_world.h"

#include <criterion/criterion.h>

#include "api/server/ledger/lend.h"
#include "gateway/decide/lease_account.h"
#include "gateway/decide/lease_returns.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"

static void expect_exact(const struct world *world);
static struct lease_account *account_of(struct world *world, size_t gateway);
static bool ask(struct world *world, size_t gateway, int64_t lacking);
static void start_gateway(struct world *world, size_t gateway);
static size_t place_of(struct text lease_id);
static void remove_call(struct world *world, size_t which);

struct world *
world_begin(int64_t limit, size_t gateway_count, uint64_t seed)
{
    static struct world world;
    memset(&world, 0, sizeof(world));
    world.limit = limit;
    world.gateway_count = gateway_count;
    world.random.state = seed;
    world.now_ms = 1000000;
    for (size_t i = 0; i < gateway_count; i++)
        start_gateway(&world, i);
    return &world;
}

void
world_end(struct world *world)
{
    for (size_t i = 0; i < world->gateway_count; i++)
        arena_free(world->gateways[i].arena);
}

bool
world_call(struct world *world, size_t gateway, int64_t size)
{
    cr_assert_lt(world->call_count, WORLD_MAX_CALLS);
    struct lease_book *book = world->gateways[gateway].book;
    struct lease_need need = {account_of(world, gateway), size};
    struct world_call call = {.gateway = gateway, .size = size};
    const struct lease_verdict *verdict = lease_book_hold(book, &need, 1, world->now_ms, &call.hold);
    if (!verdict->granted && !ask(world, gateway, verdict->lacks[0].amount)) {
        world_return(world, gateway);
        return false;
    }
    if (!verdict->granted)
        cr_assert(lease_book_hold(book, &need, 1, world->now_ms, &call.hold)->granted);
    world->calls[world->call_count++] = call;
    world->held += size;
    expect_exact(world);
    return true;
}

void
world_settle(struct world *world, size_t which, int64_t actual)
{
    struct world_call *call = &world->calls[which];
    scoped_arena struct arena *arena = arena_new(0);
    struct lease_book *book = world->gateways[call->gateway].book;
    struct lease_charges charges = lease_book_settle(arena, book, &call->hold, &actual, 1);
    cr_assert_not(charges.is_overdrawn);
    for (size_t i = 0; i < charges.count; i++) {
        cr_assert_lt(world->record_count, WORLD_MAX_CALLS);
        world->records[world->record_count++] =
            (struct world_record){place_of(charges.items[i].lease_id), charges.items[i].amount};
    }
    world->spent += actual;
    remove_call(world, which);
}

void
world_return(struct world *world, size_t gateway)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct lease_returns returns = lease_book_returns(arena, world->gateways[gateway].book, world->now_ms);
    for (size_t i = 0; i < returns.count; i++) {
        struct world_lease *lease = &world->leases[place_of(returns.items[i].lease_id)];
        lease->open -= returns.items[i].amount;
        world->leased -= returns.items[i].amount;
        cr_assert_geq(lease->open, 0);
    }
    expect_exact(world);
}

void
world_deliver(struct world *world, size_t count)
{
    size_t delivered = count < world->record_count ? count : world->record_count;
    for (size_t i = 0; i < delivered; i++) {
        struct world_lease *lease = &world->leases[world->records[i].lease];
        lease->open -= world->records[i].amount;
        world->leased -= world->records[i].amount;
        world->settled += world->records[i].amount;
        cr_assert_geq(lease->open, 0);
    }
    world->record_count -= delivered;
    memmove(world->records, world->records + delivered, world->record_count * sizeof(world->records[0]));
    expect_exact(world);
}

static void
expect_exact(const struct world *world)
{
    struct error err = {0};
    for (size_t i = 0; i < world->gateway_count; i++)
        cr_assert(lease_book_check(world->gateways[i].book, &err), "%s", err.message);
    cr_assert(world->settled >= 0 && world->leased >= 0);
    cr_assert_leq(world->settled + world->leased, world->limit);
    cr_assert_leq(world->spent + world->held, world->settled + world->leased, "never less than was spent");
}

static struct lease_account *
account_of(struct world *world, size_t gateway)
{
    struct lease_account *account = NULL;
    struct lease_account_name name = {TEXT("budget"), TEXT(""), TEXT("2026-11")};
    cr_assert(lease_book_account(world->gateways[gateway].book, &name, INT64_MAX, &account, NULL));
    return account;
}

static bool
ask(struct world *world, size_t gateway, int64_t lacking)
{
    struct lease_account *account = account_of(world, gateway);
    struct lease_ask wish = lease_book_next_ask(account, lacking, world->now_ms);
    struct lend_account lending = {world->limit, world->settled, world->leased,
                                   (int64_t)world->gateway_count};
    struct lend_verdict verdict = lend_decide(&lending, &(struct lend_ask){wish.wanted, wish.at_least});
    const struct lease_news news = {
        .remaining = verdict.left, .replicas = (int64_t)world->gateway_count, .now_ms = world->now_ms};
    lease_book_told(account, &news);
    if (verdict.granted == 0)
        return false;

    /* The place says whose the lease is: place % gateways. */
    while (world->lease_count % world->gateway_count != gateway)
        world->lease_count++;
    cr_assert_lt(world->lease_count, WORLD_MAX_LEASES);
    char id[16];
    snprintf(id, sizeof(id), "%zu", world->lease_count);
    world->leases[world->lease_count++] = (struct world_lease){.open = verdict.granted};
    world->leased += verdict.granted;
    struct lease_grant grant = {text_of(id), verdict.granted,
                                lease_terms_expires_ms(world->now_ms, LEASE_LENGTH_MS)};
    cr_assert(lease_book_add(world->gateways[gateway].book, account, &grant, NULL));
    return true;
}

static void
start_gateway(struct world *world, size_t gateway)
{
    struct arena *arena = arena_new(0);
    world->gateways[gateway] = (struct world_gateway){arena, lease_book_new(arena)};
}

static size_t
place_of(struct text lease_id)
{
    size_t place = 0;
    for (size_t i = 0; i < lease_id.length; i++)
        place = place * 10 + (size_t)(lease_id.bytes[i] - '0');
    return place;
}

static void
remove_call(struct world *world, size_t which)
{
    world->held -= world->calls[which].size;
    world->calls[which] = world->calls[--world->call_count];
}
