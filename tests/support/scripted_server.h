/* A server on loopback that plays a script, byte for byte: what it answers, where the bytes are cut, when it
 * falls silent, closes or resets. On the test's own loop; knows of HTTP only where a request ends.
 *
 * Each request takes the first answer not yet played whose `expect` its request line starts with; without one
 * there is silence. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct arena;
struct loop;
struct scripted_server;
struct tls_context;

enum scripted_then {
    SCRIPTED_KEEP,  /* open, for the next request: or for silence, when the answer was not whole */
    SCRIPTED_CLOSE, /* FIN */
    SCRIPTED_RESET, /* RST */
};

struct scripted_answer {
    const char *expect;   /* "GET /api/v1/pods?": how the request line starts; NULL: any */
    struct text bytes;    /* head and body, sent as they are; must live as long as the server */
    const size_t *splits; /* ascending offsets: each piece is sent in a turn of its own */
    size_t split_count;
    size_t piece_bytes; /* 0: no more cuts; else after so many bytes as well */
    enum scripted_then then;
    bool is_at_accept; /* played as soon as the connection stands, before anything is read from it */
    bool is_early;     /* played when the first byte of a request came, whatever `expect` says */
};

/* tls may be NULL: plain. */
struct scripted_server *
scripted_server_start(struct arena *arena, struct loop *loop, struct tls_context *tls);
int scripted_server_port(const struct scripted_server *server);
/* From now on, for new connections. */
void scripted_server_set_tls(struct scripted_server *server, struct tls_context *tls);
void scripted_server_add(struct scripted_server *server, const struct scripted_answer *answer);
/* HTTP/1.1 with a Content-Length; headers are "Name: value\r\n" lines, or "". */
void scripted_server_add_reply(struct scripted_server *server, const char *expect, int status,
                               const char *headers, struct text body);
size_t scripted_server_requests(const struct scripted_server *server);
/* The whole request as it came, by order of arrival. */
struct text scripted_server_got(const struct scripted_server *server, size_t index);
size_t scripted_server_connections(const struct scripted_server *server); /* accepted so far */
size_t scripted_server_left(const struct scripted_server *server);        /* answers not yet played */
/* On the connection that request came by, after what is being played: more bytes (kept until sent; they must
 * live so long), or its end. */
void scripted_server_send(struct scripted_server *server, size_t request, struct text bytes);
void scripted_server_end(struct scripted_server *server, size_t request, enum scripted_then then);
/* True once the client has closed the connection that request came by. */
bool scripted_server_was_left(const struct scripted_server *server, size_t request);

/* Runs the loop until the condition holds at the end of a turn; SIGALRM ends the test after 20 s. */
void scripted_run_until(struct scripted_server *server, bool (*condition)(void *owner), void *owner);
/* Until so many requests have come. */
void scripted_run_until_requests(struct scripted_server *server, size_t count);
/* So many turns, without waiting for anything. */
void scripted_run_turns(struct scripted_server *server, int count);
