/* One connection of a scripted_server: plays answers piece by piece. */
#pragma once

#include "tests/support/scripted_server.h"

struct scripted_connection;

enum scripted_moment { SCRIPTED_ACCEPTED, SCRIPTED_STARTED, SCRIPTED_WHOLE };

/* What is to be played now; NULL: nothing. */
typedef const struct scripted_answer *(*scripted_moment_fn)(void *owner,
                                                            struct scripted_connection *connection,
                                                            enum scripted_moment moment, struct text request);

struct scripted_connection_options {
    struct loop *loop;
    struct tls_context *tls;
    int fd;
    scripted_moment_fn on_moment;
    void *owner;
};

struct scripted_connection *
scripted_connection_new(struct arena *arena, const struct scripted_connection_options *options);
void scripted_connection_send(struct scripted_connection *connection, struct text bytes);
void scripted_connection_end(struct scripted_connection *connection, enum scripted_then then);
bool scripted_connection_was_left(const struct scripted_connection *connection);
