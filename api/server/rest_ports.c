/* Wires listeners, their certificate, and who is known there. */
#include "api/server/rest_ports.h"

#include "api/server/identity/kube_askers.h"
#include "api/server/identity/oidc_askers.h"
#include "api/server/options.h"
#include "api/server/served_identity.h"
#include "lib/base/arena.h"
#include "lib/net/tcp_socket.h"
#include "lib/net/tls.h"
#include "lib/net/tls_certificate.h"

enum { MOST_WAYS = 3 };

static bool listen_on_tcp(struct arena *arena, const struct rest_ports_options *options, struct rest *rest,
                          int *out_port, struct error *err);
static bool open_tls(struct arena *arena, const struct rest_ports_options *options,
                     struct tls_context **out_context, struct error *err);
static bool on_certificate(void *owner, const struct websocket_server_identity *texts, struct error *err);
static bool choose_ways(struct arena *arena, const struct rest_ports_options *options,
                        struct rest_authenticator_list *out_ways, struct error *err);
static bool add_token(struct arena *arena, const struct rest_ports_options *options,
                      struct rest_authenticator_list *ways, struct error *err);
static bool add_oidc(struct arena *arena, const struct rest_ports_options *options,
                     struct rest_authenticator_list *ways, struct error *err);
static bool add_kubernetes(struct arena *arena, const struct rest_ports_options *options,
                           struct rest_authenticator_list *ways, struct error *err);

bool
rest_ports_open(struct arena *arena, const struct rest_ports_options *options, int *out_port,
                struct error *err)
{
    struct rest *rest = rest_new(arena, &options->rest);
    const struct rest_place socket = {.address = options->given->rest_socket, .who = rest_known_by_socket()};
    int none, port = 0;
    if (socket.address && !rest_listen(rest, &socket, &none, err))
        return false;
    if (options->given->rest_listen && !listen_on_tcp(arena, options, rest, &port, err))
        return error_context(err, "--rest-listen");
    *out_port = port;
    return true;
}

static bool
listen_on_tcp(struct arena *arena, const struct rest_ports_options *options, struct rest *rest, int *out_port,
              struct error *err)
{
    const char *listen = options->given->rest_listen;
    struct rest_authenticator_list *ways = arena_alloc(arena, sizeof(*ways));
    struct rest_place place = {0};
    struct text host;
    if (!tcp_socket_cut_port(text_of(listen), &host, &place.port))
        return error_set(err, ERROR_INVALID, "%s is not ADDR:PORT", listen);
    if (!choose_ways(arena, options, ways, err) || !open_tls(arena, options, &place.tls, err))
        return false;
    place.address = text_c_string(arena, host);
    place.who = rest_known_by_any(ways);
    return rest_listen(rest, &place, out_port, err);
}

static bool
open_tls(struct arena *arena, const struct rest_ports_options *options, struct tls_context **out_context,
         struct error *err)
{
    const struct server_options *given = options->given;
    if (!given->rest_certificate)
        return true;
    struct tls_context **context = arena_alloc(arena, sizeof(*context));
    const struct served_identity_options files = {.loop = options->rest.loop,
                                                  .certificate = given->rest_certificate,
                                                  .key = given->rest_key,
                                                  .on_change = on_certificate,
                                                  .owner = context};
    struct served_identity *served;
    if (!served_identity_open(arena, &files, &served, err))
        return error_context(err, "--rest-cert");
    struct websocket_server_identity texts = served_identity_texts(served);
    const struct tls_identity identity = {texts.certificate, texts.key};
    if (!tls_server_context_of(arena, &identity, context, err))
        return error_context(err, "--rest-cert %s", given->rest_certificate);
    *out_context = *context;
    return true;
}

static bool
on_certificate(void *owner, const struct websocket_server_identity *texts, struct error *err)
{
    struct tls_context **context = owner;
    const struct tls_identity identity = {texts->certificate, texts->key};
    return tls_server_context_use(*context, &identity, err);
}

/* What is looked at here first, then what is verified here, then what another is asked about. */
static bool
choose_ways(struct arena *arena, const struct rest_ports_options *options,
            struct rest_authenticator_list *out_ways, struct error *err)
{
    struct rest_authenticator_list ways = {.items =
                                               arena_alloc_array(arena, MOST_WAYS, sizeof(*out_ways->items))};
    if (!add_token(arena, options, &ways, err) || !add_oidc(arena, options, &ways, err) ||
        !add_kubernetes(arena, options, &ways, err))
        return false;
    *out_ways = ways;
    return true;
}

static bool
add_token(struct arena *arena, const struct rest_ports_options *options, struct rest_authenticator_list *ways,
          struct error *err)
{
    struct rest_token *token;
    if (!options->given->rest_token)
        return true;
    if (!rest_token_read(arena, options->given->rest_token, &token, err))
        return error_context(err, "--rest-token-file");
    ways->items[ways->count++] = rest_known_by_token(token);
    return true;
}

static bool
add_oidc(struct arena *arena, const struct rest_ports_options *options, struct rest_authenticator_list *ways,
         struct error *err)
{
    struct oidc_askers *askers;
    if (!options->given->rest_oidc)
        return true;
    const struct oidc_askers_options oidc = {options->rest.loop, options->given->rest_oidc};
    if (!oidc_askers_open(arena, &oidc, &askers, err))
        return error_context(err, "--rest-oidc");
    ways->items[ways->count++] = oidc_askers_way(askers);
    return true;
}

static bool
add_kubernetes(struct arena *arena, const struct rest_ports_options *options,
               struct rest_authenticator_list *ways, struct error *err)
{
    struct kube_askers *askers;
    if (!options->given->rest_kubernetes)
        return true;
    const struct kube_askers_options kubernetes = {.loop = options->rest.loop,
                                                   .ledger = options->rest.ledger,
                                                   .server = text_of(options->given->rest_kubernetes),
                                                   .account = options->given->rest_account};
    if (!kube_askers_open(arena, &kubernetes, &askers, err))
        return error_context(err, "--rest-account");
    ways->items[ways->count++] = kube_askers_way(askers);
    return true;
}
