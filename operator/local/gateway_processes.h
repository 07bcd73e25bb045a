/* The gateway processes of a laptop, one for each environment: started, started again with back-off, adopted
 * from an operator that died, drained. What a cluster does with pods; knows nothing of configs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "api/types/control_frames.h"

struct arena;
struct loop;
struct state_folder;
struct gateway_processes;

#define GATEWAY_DRAIN_MS 10000       /* from SIGTERM to SIGKILL */
#define GATEWAY_ADOPT_MS 7000        /* a gateway redials at least every 5 s; one that does not is replaced */
#define GATEWAY_BACKOFF_FIRST_MS 100 /* doubles up to the next, starts anew after a healthy while */
#define GATEWAY_BACKOFF_MOST_MS 10000
#define GATEWAY_HEALTHY_MS 30000

enum gateway_state {
    GATEWAY_STARTING, /* spawned; its hello is awaited */
    GATEWAY_ADOPTING, /* an earlier operator started it, or its stream broke; its hello is awaited */
    GATEWAY_RUNNING,  /* it said hello and its stream is open */
    GATEWAY_WAITING,  /* not running: it ended by itself or did not start; tried again after the back-off */
    GATEWAY_DRAINING, /* told to finish its calls and end */
};

struct gateway_process {
    struct text workspace, environment, namespace;
    enum gateway_state state;
    pid_t pid;             /* 0 while WAITING */
    bool is_adopted;       /* an earlier operator's child */
    int port, admin_port;  /* 0: not known yet */
    int64_t spawned_ms;    /* monotonic */
    int64_t started_in_ms; /* to the first ack; 0: not yet, or adopted */
    int64_t restarts;
    struct text note; /* why it waits, or which port was taken instead; empty otherwise */
};

struct gateway_events {
    void (*on_change)(void *owner, const struct gateway_process *gateway); /* its state or note */
    void (*on_ended)(void *owner, struct text namespace); /* a drained one is gone, and forgotten */
    void *owner;
};

struct gateway_options {
    struct loop *loop;
    const struct state_folder *state;
    const char *program; /* path of weir-gateway */
    int first_port;      /* 0: any free ones */
    struct gateway_events events;
};

/* Finds the gateways that an earlier operator left running. */
struct gateway_processes *gateway_processes_new(struct arena *arena, const struct gateway_options *options);
/* The environment shall have a gateway: nothing happens when it has one. own_port 0: the next free one. */
void gateway_processes_want(struct gateway_processes *processes, const struct gateway_process *wanted,
                            int own_port);
/* SIGTERM, and SIGKILL after GATEWAY_DRAIN_MS. */
void gateway_processes_drain(struct gateway_processes *processes, struct text namespace);
void gateway_processes_kill_all(struct gateway_processes *processes);
size_t gateway_processes_count(const struct gateway_processes *processes);
/* 0-based, in the order they were first wanted; valid until the next event. */
const struct gateway_process *gateway_processes_at(const struct gateway_processes *processes, size_t index);
const struct gateway_process *
gateway_processes_find(const struct gateway_processes *processes, struct text namespace);
/* What the control stream tells. */
void gateway_processes_note_hello(struct gateway_processes *processes, const struct control_hello *hello);
void gateway_processes_note_ack(struct gateway_processes *processes, const struct control_hello *hello);
void gateway_processes_note_gone(struct gateway_processes *processes, const struct control_hello *hello);
