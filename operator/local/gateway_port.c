/* Ports on a laptop: sticky for each environment, from --port upwards, never one that somebody listens on. */
#include "lib/base/arena.h"
#include "operator/local/gateway_entry.h"
#include "operator/local/gateway_spawn.h"

enum { LAST_PORT = 65535 };

static bool is_given(const struct gateway_processes *processes, const struct gateway_entry *self, int port);

bool
gateway_port_choose(struct gateway_entry *entry, int *out_port)
{
    struct arena *scratch = arena_new(0);
    int wanted = entry->own_port > 0 ? entry->own_port : entry->shown.port;
    bool has_port = true;
    if (wanted == 0 && entry->processes->options.first_port == 0) {
        *out_port = 0;
    } else if (entry->own_port > 0 && !gateway_spawn_port_is_free(entry->own_port)) {
        gateway_entry_set_note(
            entry, text_format(scratch, "port %d, which its manifest asks for, is in use", wanted));
        has_port = false;
    } else if (wanted > 0 && gateway_spawn_port_is_free(wanted)) {
        *out_port = wanted;
    } else {
        int first = wanted > 0 ? wanted : entry->processes->options.first_port;
        int port = first, taken = 0;
        for (; port <= LAST_PORT; port++) {
            if (is_given(entry->processes, entry, port))
                continue;
            if (gateway_spawn_port_is_free(port))
                break;
            taken = taken == 0 ? port : taken;
        }
        has_port = port <= LAST_PORT;
        *out_port = port;
        if (!has_port)
            gateway_entry_set_note(entry, text_format(scratch, "no port from %d on is free", first));
        else if (taken > 0)
            gateway_entry_set_note(
                entry, text_format(scratch, "port %d is in use by another program, took %d", taken, port));
    }
    arena_free(scratch);
    return has_port;
}

static bool
is_given(const struct gateway_processes *processes, const struct gateway_entry *self, int port)
{
    for (const struct gateway_entry *entry = processes->first; entry; entry = entry->next)
        if (entry != self && (entry->shown.port == port || entry->own_port == port))
            return true;
    return false;
}
