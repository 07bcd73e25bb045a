/* Drives a watch's flow against a fake API server, with faults and without time: what the shell does with a
 * real connection. Checks each change that is told against what was told before. */
#pragma once

#include "operator/kube/kube_watch_flow.h"
#include "tests/unit/operator/kube/fake_api.h"

struct driver {
    struct arena *arena;
    struct fake_api *api;
    struct kube_cache *cache;
    struct kube_table *table;
    struct kube_watch_flow flow;
    int told[FAKE_NAMES]; /* values by what on_change said; 0 absent */
    struct buffer changes;
    int synced_count;
    int64_t now_ms;
    struct text last_path;
};

enum fault_end { FAULT_NONE, FAULT_RESET, FAULT_REFUSED, FAULT_STATUS };

struct fault {
    enum fault_end end;
    size_t at;          /* a reset or an early end in order (FAULT_NONE) after so many bytes */
    size_t piece_bytes; /* 0: as one piece */
    int status;         /* of FAULT_STATUS */
};

#define NO_FAULT ((struct fault){.at = SIZE_MAX})

void driver_start(struct driver *driver, struct arena *arena, struct fake_api *api);
/* One request and its answer; returns what comes next. */
struct kube_watch_step driver_ask(struct driver *driver, const struct fault *fault);
/* With an answer that the test wrote. */
struct kube_watch_step
driver_ask_for(struct driver *driver, const struct fault *fault, const struct fake_answer *answer);
/* Without faults until the table is at the server's version; fails the test after too many requests. */
void driver_catch_up(struct driver *driver);
/* The table, and what was told, are the server's state. */
void driver_expect_equal(const struct driver *driver);
