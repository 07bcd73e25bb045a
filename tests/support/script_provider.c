/* Knows just enough HTTP to see where a request with Content-Length ends. */
#include "tests/support/script_provider.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/http1.h"
#include "lib/net/loop.h"

enum { MOST_ENTRIES = 64, READ_BYTES = 65536 };

struct script_provider {
    struct arena *arena;
    struct loop *loop;
    struct loop_io *io;
    int fd;
    int port;
    struct script_entry entries[MOST_ENTRIES];
    size_t entry_count;
    size_t played;
    struct text requests[MOST_ENTRIES];
    size_t request_count;
};

struct script_connection {
    struct script_provider *provider;
    struct loop_io *io;
    struct loop_timer *timer;
    int fd;
    struct buffer input;
    struct script_entry playing;
};

static void
close_descriptor(void *owner)
{
    close(*(int *)owner);
}

static void
end_connection(struct script_connection *connection)
{
    loop_io_stop(connection->io);
    shutdown(connection->fd, SHUT_RDWR);
}

static void
play(void *owner)
{
    struct script_connection *connection = owner;
    struct script_entry *entry = &connection->playing;
    size_t length = entry->bytes.length;
    if (entry->piece_bytes > 0 && entry->piece_bytes < length)
        length = entry->piece_bytes;
    ssize_t sent = send(connection->fd, entry->bytes.bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    entry->bytes = text_slice(entry->bytes, sent > 0 ? (size_t)sent : 0, entry->bytes.length);
    if (entry->bytes.length > 0)
        loop_timer_start(connection->timer, 0);
    else if (entry->closes)
        end_connection(connection);
}

static void
take_request(struct script_connection *connection)
{
    struct script_provider *provider = connection->provider;
    struct http_request_head head;
    struct http_refusal refusal;
    size_t head_bytes;
    struct text input = buffer_text(&connection->input);
    if (http_request_parse(input, &head, &head_bytes, &refusal) != HTTP_PARSE_DONE ||
        input.length < head_bytes + head.content_length)
        return;
    assert(provider->request_count < MOST_ENTRIES);
    provider->requests[provider->request_count++] = text_copy(provider->arena, input);
    connection->input.length = 0;
    if (provider->played == provider->entry_count)
        return; /* no script: silence */
    connection->playing = provider->entries[provider->played++];
    play(connection);
}

static void
on_readable(void *owner, int events)
{
    (void)events;
    struct script_connection *connection = owner;
    char *place = buffer_reserve(&connection->input, READ_BYTES);
    ssize_t got = recv(connection->fd, place, READ_BYTES, MSG_DONTWAIT);
    if (got <= 0) {
        end_connection(connection);
        return;
    }
    buffer_grew(&connection->input, (size_t)got);
    take_request(connection);
}

static void
on_accept(void *owner, int events)
{
    (void)events;
    struct script_provider *provider = owner;
    int fd = accept4(provider->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct script_connection *connection = arena_alloc(provider->arena, sizeof(*connection));
    connection->provider = provider;
    connection->fd = fd;
    arena_defer(provider->arena, close_descriptor, &connection->fd);
    buffer_init(&connection->input, provider->arena, 0);
    connection->timer = loop_timer_new(provider->loop, provider->arena, play, connection);
    connection->io = loop_io_new(provider->loop, provider->arena, on_readable, connection);
    loop_io_watch(connection->io, fd, LOOP_READ);
}

struct script_provider *
script_provider_start(struct arena *arena, struct loop *loop)
{
    struct script_provider *provider = arena_alloc(arena, sizeof(*provider));
    provider->arena = arena;
    provider->loop = loop;
    provider->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    bool is_open = provider->fd >= 0 && bind(provider->fd, (void *)&address, length) == 0 &&
                   listen(provider->fd, 64) == 0 && getsockname(provider->fd, (void *)&address, &length) == 0;
    assert(is_open);
    arena_defer(arena, close_descriptor, &provider->fd);
    provider->port = ntohs(address.sin_port);
    provider->io = loop_io_new(loop, arena, on_accept, provider);
    loop_io_watch(provider->io, provider->fd, LOOP_READ);
    return provider;
}

int
script_provider_port(const struct script_provider *provider)
{
    return provider->port;
}

void
script_provider_add(struct script_provider *provider, const struct script_entry *entry)
{
    assert(provider->entry_count < MOST_ENTRIES);
    provider->entries[provider->entry_count++] = *entry;
}

size_t
script_provider_requests(const struct script_provider *provider)
{
    return provider->request_count;
}

struct text
script_provider_got(const struct script_provider *provider, size_t index)
{
    assert(index < provider->request_count);
    return provider->requests[index];
}
