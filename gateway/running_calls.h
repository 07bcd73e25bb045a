/* Which calls run here right now, for the ledger when it asks (Look). Found by walking the servers'
 * connections: no call pays for it. */
#pragma once

struct arena;
struct gateway;
struct ledger_link;

/* Hears Look from now on. Before the loop runs. */
void running_calls_serve(struct arena *arena, struct gateway *gateway, struct ledger_link *link);
