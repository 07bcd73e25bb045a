/* libpq takes lists of hosts, hostaddrs and ports of the same length and tries them in turn: each name
 * becomes as many entries as it has addresses. The name stays beside its address, for certificates and
 * ~/.pgpass. */
#include "lib/sql/postgres_address.h"

#include <arpa/inet.h>
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/net/loop.h"
#include "lib/net/resolver.h"

enum { ANY_PORT = 5432, MAX_NUMERIC_BYTES = 64 };

static void address_close(void *owner);
static bool take_options(struct postgres_address *address, struct arena *arena,
                         const PQconninfoOption *options, struct error *err);
static bool
keep_option(struct postgres_address *address, struct arena *arena, const char *keyword, const char *value);
static bool
split_hosts(struct postgres_address *address, struct text names, struct text ports, struct error *err);
static bool is_to_resolve(const struct postgres_host *host);
static void find_next(struct postgres_address *address);
static void on_resolved(void *owner, const struct resolved *resolved, const struct error *why);
static void add_place(struct postgres_address *address, const char *number);
static void tell(struct postgres_address *address);
static void set(struct postgres_address *address, const char *keyword, const char *value);

bool
postgres_address_init(struct postgres_address *address, struct arena *arena, struct loop *loop,
                      const char *url, struct error *err)
{
    char *words = NULL;
    PQconninfoOption *options = PQconninfoParse(url, &words);
    PQfreemem(words); /* may quote the password */
    if (!options)
        return error_set(
            err, ERROR_INVALID,
            "libpq does not understand the database's URL (which is not repeated here, as it may hold "
            "a password)");
    bool is_taken = take_options(address, arena, options, err);
    PQconninfoFree(options);
    address->found = arena_new(0);
    if (is_taken && address->host_count > 0)
        address->resolver = resolver_new(arena, loop);
    arena_defer(arena, address_close, address);
    return is_taken;
}

void
postgres_address_find(struct postgres_address *address)
{
    address->keyword_count = address->fixed_count;
    address->found_count = 0;
    address->at = 0;
    arena_reset(address->found);
    buffer_init(&address->names, address->found, 0);
    buffer_init(&address->numbers, address->found, 0);
    buffer_init(&address->ports, address->found, 0);
    find_next(address);
}

void
postgres_address_cancel(struct postgres_address *address)
{
    if (address->is_resolving)
        resolver_cancel(address->resolver, address->ticket);
    address->is_resolving = false;
}

static void
address_close(void *owner)
{
    struct postgres_address *address = owner;
    postgres_address_cancel(address);
    if (address->resolver)
        resolver_close(address->resolver);
    arena_free(address->found);
    address->resolver = NULL;
    address->found = NULL;
}

/* ---- taking the URL apart ---- */

static bool
take_options(struct postgres_address *address, struct arena *arena, const PQconninfoOption *options,
             struct error *err)
{
    struct text names = {0}, ports = {0};
    bool has_numbers = false, has_encryption = false, has_wish = false;
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (!option->val)
            continue;
        has_numbers = has_numbers || strcmp(option->keyword, "hostaddr") == 0;
        has_wish = has_wish || strcmp(option->keyword, "target_session_attrs") == 0;
        has_encryption = has_encryption || strcmp(option->keyword, "gssencmode") == 0;
        if (strcmp(option->keyword, "host") == 0)
            names = text_of(text_c_string(arena, text_of(option->val)));
        else if (strcmp(option->keyword, "port") == 0)
            ports = text_of(text_c_string(arena, text_of(option->val)));
        else if (!keep_option(address, arena, option->keyword, option->val))
            return error_set(err, ERROR_INVALID, "the database's URL has over %d options",
                             POSTGRES_MAX_KEYWORDS);
    }
    /* Not Kerberos unless asked for: libpq would look for it, and wait, at each dial. Never a standby. */
    if (!has_wish)
        set(address, "target_session_attrs", "read-write");
    if (!has_encryption)
        set(address, "gssencmode", "disable");
    set(address, "client_encoding", "UTF8");
    set(address, "fallback_application_name", "weir");
    if (!has_numbers && !split_hosts(address, names, ports, err))
        return false;
    if (address->host_count == 0 && names.bytes)
        set(address, "host", names.bytes);
    if (address->host_count == 0 && ports.bytes)
        set(address, "port", ports.bytes);
    address->fixed_count = address->keyword_count;
    return true;
}

static bool
keep_option(struct postgres_address *address, struct arena *arena, const char *keyword, const char *value)
{
    enum { OURS = 8 };
    const char *kept = text_c_string(arena, text_of(value));
    if (strcmp(keyword, "password") == 0)
        address->secrets[0] = text_of(kept);
    if (strcmp(keyword, "sslpassword") == 0)
        address->secrets[1] = text_of(kept);
    if (strcmp(keyword, "client_encoding") == 0)
        return true; /* ours is UTF-8 */
    if (address->keyword_count + OURS > POSTGRES_MAX_KEYWORDS)
        return false;
    set(address, text_c_string(arena, text_of(keyword)), kept);
    return true;
}

/* hosts stay empty when none of them is to be resolved. */
static bool
split_hosts(struct postgres_address *address, struct text names, struct text ports, struct error *err)
{
    bool has_one_port = text_find_byte(ports, ',') < 0;
    bool is_needed = false;
    struct text one_port = ports;
    while (names.bytes) {
        if (address->host_count == POSTGRES_MAX_HOSTS)
            return error_set(err, ERROR_INVALID, "the database's URL has over %d hosts", POSTGRES_MAX_HOSTS);
        struct postgres_host *host = &address->hosts[address->host_count++];
        host->name = text_cut(&names, ',');
        host->port = has_one_port ? one_port : text_cut(&ports, ',');
        is_needed = is_needed || is_to_resolve(host);
    }
    address->host_count = is_needed ? address->host_count : 0;
    return true;
}

/* Empty is the default socket; a folder holds a socket; "@" begins an abstract one. */
static bool
is_to_resolve(const struct postgres_host *host)
{
    return !text_is_empty(host->name) && host->name.bytes[0] != '/' && host->name.bytes[0] != '@';
}

/* ---- a dial ---- */

static void
find_next(struct postgres_address *address)
{
    while (address->at < address->host_count && !is_to_resolve(&address->hosts[address->at])) {
        add_place(address, "");
        address->at++;
    }
    if (address->at == address->host_count) {
        tell(address);
        return;
    }
    address->is_resolving = true;
    address->ticket =
        resolver_ask(address->resolver, address->hosts[address->at].name, ANY_PORT, on_resolved, address);
}

static void
on_resolved(void *owner, const struct resolved *resolved, const struct error *why)
{
    struct postgres_address *address = owner;
    address->is_resolving = false;
    if (resolved->count == 0)
        address->why = *why;
    for (size_t i = 0; i < resolved->count; i++) {
        const struct sockaddr_storage *place = &resolved->addresses[i];
        char number[MAX_NUMERIC_BYTES];
        const void *bytes = place->ss_family == AF_INET6
                                ? (const void *)&((const struct sockaddr_in6 *)place)->sin6_addr
                                : (const void *)&((const struct sockaddr_in *)place)->sin_addr;
        if (inet_ntop(place->ss_family, bytes, number, sizeof(number)))
            add_place(address, number);
    }
    address->at++;
    find_next(address);
}

static void
add_place(struct postgres_address *address, const char *number)
{
    const struct postgres_host *host = &address->hosts[address->at];
    const char *comma = address->found_count++ > 0 ? "," : "";
    buffer_print(&address->names, "%s%.*s", comma, TEXT_ARG(host->name));
    buffer_print(&address->numbers, "%s%s", comma, number);
    buffer_print(&address->ports, "%s%.*s", comma, TEXT_ARG(host->port));
}

static void
tell(struct postgres_address *address)
{
    if (address->host_count > 0 && address->found_count == 0) {
        address->on_found(address->owner, &address->why);
        return;
    }
    if (address->host_count > 0) {
        set(address, "host", text_c_string(address->found, buffer_text(&address->names)));
        set(address, "hostaddr", text_c_string(address->found, buffer_text(&address->numbers)));
        set(address, "port", text_c_string(address->found, buffer_text(&address->ports)));
    }
    address->keywords[address->keyword_count] = NULL;
    address->values[address->keyword_count] = NULL;
    address->on_found(address->owner, NULL);
}

static void
set(struct postgres_address *address, const char *keyword, const char *value)
{
    address->keywords[address->keyword_count] = keyword;
    address->values[address->keyword_count++] = value;
}
