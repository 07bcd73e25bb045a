/* The stream to the operator: says hello, takes snapshots, answers each with Ack or Nack. Dials for ever. */
#pragma once

#include <stdint.h>

struct arena;
struct control;
struct gateway;
struct live_config_site;

struct control_options {
    const char *socket_path;
    const char *state_folder; /* where the last good config is kept */
    int port;
    int admin_port;
    const struct live_config_site *site; /* outlives the stream */
};

struct control *
control_start(struct arena *arena, struct gateway *gateway, const struct control_options *options);
void control_close(struct control *control);
