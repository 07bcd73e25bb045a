/* What we applied, object by object: so that nothing is sent that is already so, what others changed is put
 * right, what is refused is tried again ever more rarely, and an object that somebody fights us over is left
 * alone for a while. Pure memory: sends nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

struct applied_book;
struct arena;

#define APPLIED_WINDOW_MS 60000
#define APPLIED_MOST_WRITES 10 /* of the same to one object in a window; beyond it is a hot loop */
#define APPLIED_MOST_WISHES 60 /* of something else each time, or a status: people edit, gateways come */
#define APPLIED_REFUSED_AGAIN_MS 300000 /* what the server calls invalid, when nothing of it changed */

struct applied_object {
    uint64_t desired;                 /* hash of what was applied; 0: not known to be so */
    uint64_t seen;                    /* the cluster's object after our last apply */
    int64_t window_ms;                /* start of the window that writes are counted in */
    int64_t retry_ms;                 /* not before; 0: at once */
    uint64_t refused;                 /* hash of what the server refused; 0: nothing */
    uint64_t tried;                   /* the cluster's object when it was last sent */
    int32_t writes, wishes, failures; /* in the window: of the same again, of something else */
    bool is_status;                   /* the more generous bound holds */
    bool is_hot;                      /* told as a hot loop in this window */
    int64_t replaced_ms;              /* when it was last made anew; 0: never */
};

enum applied_verdict {
    APPLY_NOT, /* it is as it shall be */
    APPLY_NOW,
    APPLY_LATER, /* after retry_ms */
    APPLY_HOT,   /* as later, and somebody undoes what we write: told once a window */
};

struct applied_book *applied_book_new(struct arena *arena);
/* "apps/v1 Deployment demo-dev/weir-gateway"; made when it is not there. Valid until applied_book_forget. */
struct applied_object *applied_book_get(struct applied_book *book, struct text title);
void applied_book_forget(struct applied_book *book, struct text title);
size_t applied_book_count(const struct applied_book *book);

/* desired: hash of what shall be; seen: of what is there, 0: nothing. */
enum applied_verdict
applied_decide(struct applied_object *object, uint64_t desired, uint64_t seen, int64_t now_ms);
/* Whether it may be deleted and made anew; notes that it is. At most once in APPLIED_REFUSED_AGAIN_MS. */
bool applied_may_replace(struct applied_object *object, int64_t now_ms);
void applied_note_done(struct applied_object *object, uint64_t desired, uint64_t seen);
/* is_final: the server will say the same again until something changes. */
void applied_note_failed(struct applied_object *object, uint64_t desired, bool is_final, int64_t now_ms);
