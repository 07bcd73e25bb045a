/* A TCP relay between two ends on loopback that can fall silent without closing: what a node that lost its
 * power looks like. One connection. */
#pragma once

struct arena;
struct loop;
struct relay;

/* Listens on a port of its own and passes what comes on to target_port. Ends with the arena. */
struct relay *relay_start(struct arena *arena, struct loop *loop, int target_port);
int relay_port(const struct relay *relay);
/* From now on nothing passes, and nobody is told. */
void relay_fall_silent(struct relay *relay);
/* Stops the loop when so many more pieces passed in each direction. */
void relay_stop_after(struct relay *relay, int pieces);
