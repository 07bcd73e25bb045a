/* One gateway process as gateway_processes keeps it. For operator/local/gateway_*.c only. */
#pragma once

#include "lib/net/loop.h"
#include "operator/local/gateway_processes.h"

/* In an arena of its own, which ends when the process is gone and not wanted. */
struct gateway_entry {
    struct gateway_process shown; /* what others see */
    struct gateway_entry *next;
    struct gateway_processes *processes;
    struct arena *arena;
    struct arena *note_arena;
    struct loop_timer
        *timer; /* by state: back-off, adoption, drain deadline, watch of a process that is not our child */
    int64_t backoff_ms;
    int64_t give_up_ms;  /* monotonic: when what the timer watches has taken too long */
    int own_port;        /* asked for by the manifest; 0: none */
    bool is_wanted;      /* a drained one that is wanted again is started once it ended */
    struct text started; /* the process's start, as recorded */
};

struct gateway_processes {
    struct arena *arena;
    struct gateway_options options;
    struct gateway_entry *first;
};

/* Spawns it, or goes to WAITING with a note. */
void gateway_entry_start(struct gateway_entry *entry);
/* Its process is gone: starts it again after the back-off, or forgets it. how: "ended with status 1". */
void gateway_entry_ended(struct gateway_entry *entry, const char *how);
void gateway_entry_drain(struct gateway_entry *entry);
/* Its hello is awaited from now on, for GATEWAY_ADOPT_MS. */
void gateway_entry_await_hello(struct gateway_entry *entry);
void gateway_entry_set_state(struct gateway_entry *entry, enum gateway_state state);
void gateway_entry_set_note(struct gateway_entry *entry, struct text note);
void gateway_entry_record(struct gateway_entry *entry);
void gateway_entry_forget(struct gateway_entry *entry);
/* loop_timer_fn: the entry's timer fired. */
void gateway_entry_on_time(void *owner);
/* The port to start with: its own, the one it had, or the next free one; false with a note when its own is
 * taken. */
bool gateway_port_choose(struct gateway_entry *entry, int *out_port);
