/* Accounts by name. */
#include "gateway/decide/lease_book.h"

#include "gateway/decide/lease_parts.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"

enum { NAME_PARTS = 3 };

static bool print_name(const struct lease_account_name *name, char *out, size_t *out_length);
static struct lease_account *new_account(struct lease_book *book);
static void end_names(void *owner);

struct lease_book *
lease_book_new(struct arena *arena)
{
    struct lease_book *book = arena_alloc(arena, sizeof(*book));
    *book = (struct lease_book){.arena = arena, .names_arena = arena_new(0)};
    arena_defer(arena, end_names, book);
    book->by_name = map_new(book->names_arena);
    return book;
}

bool
lease_book_account(struct lease_book *book, const struct lease_account_name *name, int64_t ends_ms,
                   struct lease_account **out_account, struct error *err)
{
    char bytes[LEASE_BOOK_NAME_MAX_BYTES];
    size_t length = 0;
    if (!print_name(name, bytes, &length))
        return error_set(err, ERROR_INVALID, "a budget, its owner and its window have too long names");

    struct text key = {bytes, length};
    struct lease_account *account = map_find(book->by_name, key);
    if (!account && map_count(book->by_name) >= LEASE_BOOK_MAX_ACCOUNTS)
        return error_set(err, ERROR_UNAVAILABLE, "the book has %d accounts already", LEASE_BOOK_MAX_ACCOUNTS);
    if (!account) {
        account = new_account(book);
        map_set(book->by_name, key, account);
    }
    account->ends_ms = ends_ms;
    *out_account = account;
    return true;
}

struct lease_account_place
lease_account_place_of(struct lease_account *account)
{
    return (struct lease_account_place){account, account->number};
}

struct lease_account *
lease_book_account_at(const struct lease_account_place *place, int64_t ends_ms)
{
    if (!place->account || place->account->number != place->number)
        return NULL;
    place->account->ends_ms = ends_ms;
    return place->account;
}

struct lease_account *
lease_book_find(const struct lease_book *book, const struct lease_account_name *name)
{
    char bytes[LEASE_BOOK_NAME_MAX_BYTES];
    size_t length = 0;
    return print_name(name, bytes, &length) ? map_find(book->by_name, (struct text){bytes, length}) : NULL;
}

size_t
lease_book_account_count(const struct lease_book *book)
{
    return map_count(book->by_name);
}

bool
lease_book_next(const struct lease_book *book, size_t *at, struct lease_account_name *out_name,
                struct lease_account **out_account)
{
    struct text key;
    void *value;
    if (!map_next(book->by_name, at, &key, &value))
        return false;
    uint16_t lengths[NAME_PARTS];
    memcpy(lengths, key.bytes, sizeof(lengths));
    size_t owner = sizeof(lengths) + lengths[0], window = owner + lengths[1];
    *out_name = (struct lease_account_name){.budget = text_slice(key, sizeof(lengths), owner),
                                            .owner = text_slice(key, owner, window),
                                            .window = text_slice(key, window, window + lengths[2])};
    *out_account = value;
    return true;
}

/* The lengths stand first, so that no two names read the same. */
static bool
print_name(const struct lease_account_name *name, char *out, size_t *out_length)
{
    const struct text parts[NAME_PARTS] = {name->budget, name->owner, name->window};
    uint16_t lengths[NAME_PARTS];
    size_t at = sizeof(lengths);
    for (size_t i = 0; i < NAME_PARTS; i++) {
        if (parts[i].length > LEASE_BOOK_NAME_MAX_BYTES - at)
            return false;
        lengths[i] = (uint16_t)parts[i].length;
        if (parts[i].length > 0)
            memcpy(out + at, parts[i].bytes, parts[i].length);
        at += parts[i].length;
    }
    memcpy(out, lengths, sizeof(lengths));
    *out_length = at;
    return true;
}

static struct lease_account *
new_account(struct lease_book *book)
{
    struct lease_account *account = book->unused_accounts;
    if (account)
        book->unused_accounts = account->next_unused;
    else
        account = arena_alloc(book->arena, sizeof(*account));
    *account = (struct lease_account){.number = ++book->last_number,
                                      .remaining = LEASE_REMAINING_UNKNOWN,
                                      .replicas = 1,
                                      .told_ms = INT64_MIN};
    return account;
}

static void
end_names(void *owner)
{
    struct lease_book *book = owner;
    arena_free(book->names_arena);
}
