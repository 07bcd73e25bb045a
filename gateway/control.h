/* The stream to the operator: says hello, takes snapshots, answers each with Ack or Nack. Dials for ever. */
#pragma once

#include <stdint.h>

#include "lib/net/websocket.h"

struct arena;
struct control;
struct gateway;
struct live_config_site;

struct control_options {
    const char *address;                 /* a unix socket's path, or wss://HOST:PORT with: */
    struct websocket_client_files files; /* our certificate and who signs the operator's */
    const char *state_folder;            /* where the last good config is kept, without secrets */
    const char *credentials_folder;      /* where secrets go; NULL on a laptop, where none come */
    int port;
    int admin_port;
    const struct live_config_site *site; /* outlives the stream */
};

struct control *
control_start(struct arena *arena, struct gateway *gateway, const struct control_options *options);
void control_close(struct control *control);
