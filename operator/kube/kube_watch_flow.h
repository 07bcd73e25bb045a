/* One watch without its connection: what to ask, and what becomes of every byte of the answers. The shell
 * (kube_watch.c) brings bytes and time; tests bring theirs. */
#pragma once

#include "operator/kube/kube_client.h"
#include "operator/kube/kube_lines.h"
#include "operator/kube/kube_scan_list.h"
#include "operator/kube/kube_watch.h"
#include "operator/kube/kube_watch_decide.h"

#define KUBE_VERSION_MAX_BYTES 128
#define KUBE_PAGE_ITEMS 500

/* Times that tests make shorter. */
struct kube_watch_times {
    int64_t watch_least_ms, watch_most_ms; /* the server ends a watch after a time between */
    int64_t slack_ms;                      /* and we do so long after that, when it did not: half-open */
    int64_t page_ms;                       /* for one page of a list */
    int64_t quiet_ms;                      /* a WatchList that brings nothing for so long has failed */
    int64_t backoff_first_ms;
    int64_t patience_ms; /* trouble that is over sooner is not told */
};
extern const struct kube_watch_times kube_watch_times;

struct kube_watch_flow {
    struct kube_watch_options options;
    struct kube_watch_times times;
    struct kube_watch_state state;
    struct kube_lines lines;
    struct kube_scan_list list;
    struct arena *token_arena;
    struct text token; /* of the next page */
    char version_bytes[KUBE_VERSION_MAX_BYTES];
    size_t version_length;
    /* Of the request that is under way: */
    struct kube_watch_end end;
    struct error why;     /* kind ERROR_NONE: nothing ended it from inside */
    struct buffer answer; /* the body when the status is not 200 */
    int status;
    int64_t started_ms;
    bool is_stopped; /* by the owner, perhaps in a callback: touch nothing more */
};

struct kube_watch_question {
    struct kube_path_request request;
    int64_t hard_stop_ms;
};

struct kube_watch_step {
    int64_t delay_ms; /* then ask again */
    bool is_failure;
    bool is_lasting;      /* worth telling at once: forbidden, not served */
    struct error trouble; /* of a failure, for people */
};

void kube_watch_flow_init(struct kube_watch_flow *flow, struct arena *arena,
                          const struct kube_watch_options *options, const struct kube_watch_times *times);
/* What to ask now; texts are in the arena, which must live until the answer has ended. */
struct kube_watch_question
kube_watch_flow_ask(struct kube_watch_flow *flow, struct arena *arena, int64_t now_ms, uint64_t random);
void kube_watch_flow_head(struct kube_watch_flow *flow, int status, int64_t retry_after_ms);
/* False: nothing more of this answer is of use, cancel it and say its end. */
bool kube_watch_flow_piece(struct kube_watch_flow *flow, struct text piece);
/* why: NULL or kind ERROR_NONE when it ended in order. */
struct kube_watch_step
kube_watch_flow_end(struct kube_watch_flow *flow, const struct error *why, int64_t now_ms, uint64_t random);

/* ---- between the files of the flow ---- */

struct text kube_watch_flow_version(const struct kube_watch_flow *flow);
/* False when it is longer than any version can be. */
MUST_CHECK bool kube_watch_flow_set_version(struct kube_watch_flow *flow, struct text version);
/* Ends the request from inside; false, so that a failing line is one line. */
bool kube_watch_flow_fail(struct kube_watch_flow *flow, enum kube_watch_end_kind kind);
/* One event or item; false: the request is over. */
bool kube_watch_take_line(struct kube_watch_flow *flow, struct text line);
bool kube_watch_take_item(struct kube_watch_flow *flow, struct text json);
/* The list is whole at this version. */
bool kube_watch_take_list_end(struct kube_watch_flow *flow, struct text version);
/* The path, query and Accept header of what state.ask says. */
struct kube_path_request
kube_watch_request(struct kube_watch_flow *flow, struct arena *arena, int64_t timeout_ms);
