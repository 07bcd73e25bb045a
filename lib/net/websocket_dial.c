/* A path of a unix socket; or a URL's host among its addresses, one after the other at each dial, with
 * certificate, key and authorities read again each time. Dials nothing itself, so that libwebsockets never
 * waits for a name. */
#include "lib/net/websocket_dial.h"

#include <arpa/inet.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"
#include "lib/net/tcp_socket.h"
#include "lib/net/tls_mutual.h"
#include "lib/net/tls_pem.h"

#define SCHEME "wss://"

static void take_url(struct websocket_dial *dial, struct arena *arena, struct text url);
static void find_path(struct websocket_dial *dial);
static bool read_certificates(struct websocket_dial *dial, struct error *err);
static void on_resolved(void *owner, const struct resolved *resolved, const struct error *why);

void
websocket_dial_init(struct websocket_dial *dial, struct arena *arena, const struct websocket_options *options,
                    void (*on_found)(void *owner, const struct error *why), void *owner)
{
    *dial = (struct websocket_dial){.server_name = "localhost", .opened = {.folder_fd = -1}, .owner = owner};
    dial->on_found = on_found;
    if (options->unix_path) {
        dial->unix_path = text_c_string(arena, text_of(options->unix_path));
        return;
    }
    take_url(dial, arena, text_of(options->address));
    if (options->server_name)
        dial->server_name = text_c_string(arena, text_of(options->server_name));
    dial->files = (struct websocket_client_files){
        text_c_string(arena, text_of(options->files.certificate)),
        text_c_string(arena, text_of(options->files.key)),
        text_c_string(arena, text_of(options->files.server_ca)),
    };
    dial->tls = tls_mutual_client_new(arena);
    dial->resolver = resolver_new(arena, options->loop);
}

static void
take_url(struct websocket_dial *dial, struct arena *arena, struct text url)
{
    bool is_wss = text_starts_with(url, TEXT(SCHEME));
    struct text host = {0};
    if (!is_wss ||
        !tcp_socket_cut_port(text_slice(url, sizeof(SCHEME) - 1, url.length), &host, &dial->port) ||
        text_is_empty(host) || dial->port == 0)
        dial->problem = text_format(arena, "%.*s is not wss://HOST:PORT", TEXT_ARG(url));
    dial->server_name = text_c_string(arena, host);
    dial->host = text_of(dial->server_name);
}

void
websocket_dial_find(struct websocket_dial *dial)
{
    struct error why = {0};
    if (dial->unix_path) {
        find_path(dial);
        return;
    }
    bool is_ready = text_is_empty(dial->problem)
                        ? read_certificates(dial, &why)
                        : error_set(&why, ERROR_INVALID, "%.*s", TEXT_ARG(dial->problem));
    if (!is_ready) {
        dial->on_found(dial->owner, &why);
        return;
    }
    dial->is_resolving = true;
    dial->ticket = resolver_ask(dial->resolver, dial->host, dial->port, on_resolved, dial);
}

static void
find_path(struct websocket_dial *dial)
{
    struct error why = {0};
    bool is_open = unix_socket_path_open(dial->unix_path, &dial->opened, &why);
    if (is_open)
        snprintf(dial->address, sizeof(dial->address), "+%s", dial->opened.path);
    dial->on_found(dial->owner, is_open ? NULL : &why);
}

void
websocket_dial_over(struct websocket_dial *dial)
{
    unix_socket_path_close(&dial->opened);
}

void
websocket_dial_close(struct websocket_dial *dial)
{
    if (dial->is_resolving)
        resolver_cancel(dial->resolver, dial->ticket);
    if (dial->resolver)
        resolver_close(dial->resolver);
    dial->is_resolving = false;
    dial->resolver = NULL;
    websocket_dial_over(dial);
}

static bool
read_certificates(struct websocket_dial *dial, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct tls_mutual_texts texts = {0};
    const struct websocket_client_files *files = &dial->files;
    if (dial->has_identity)
        return true;
    bool is_used = file_read(scratch, files->certificate, TLS_PEM_MAX_BYTES, &texts.certificate, err) &&
                   file_read(scratch, files->server_ca, TLS_PEM_MAX_BYTES, &texts.authorities, err) &&
                   file_read(scratch, files->key, TLS_PEM_MAX_BYTES, &texts.key, err) &&
                   tls_mutual_use(dial->tls, &texts, err);
    digest_forget((void *)(uintptr_t)texts.key.bytes, texts.key.length);
    return is_used || error_context(err, "the certificate for the control stream");
}

static void
on_resolved(void *owner, const struct resolved *resolved, const struct error *why)
{
    struct websocket_dial *dial = owner;
    dial->is_resolving = false;
    if (resolved->count == 0) {
        dial->on_found(dial->owner, why);
        return;
    }
    const struct sockaddr_storage *address = &resolved->addresses[dial->dials++ % resolved->count];
    const void *bytes = address->ss_family == AF_INET6
                            ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                            : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    inet_ntop(address->ss_family, bytes, dial->address, sizeof(dial->address));
    dial->on_found(dial->owner, NULL);
}
