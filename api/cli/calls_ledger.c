/* GET /v1/calls gives the newest first, in pages. Oldest first without keeping them all: by spans of time so
 * short that each is one page. A span that has more is halved; after one that has little the next is longer.
 */
#include "api/cli/calls_ledger.h"

#include "api/cli/instance.h"
#include "api/types/rest_answers.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

enum { FIRST_SPAN_MS = 60 * 60 * 1000 };

/* A walk: where it is, and how far it looks at once. */
struct walk {
    const struct invocation *invocation; /* with an arena for one page */
    const struct calls_question *question;
    int64_t at_ms, span_ms;
    size_t count;
};

static bool take_span(struct walk *walk, struct error *err);
static bool take_rest_of_instant(struct walk *walk, struct text cursor, struct error *err);
static bool ask(const struct walk *walk, int64_t until_ms, struct text cursor, struct call_page *out_page,
                struct error *err);
static void hand_on(struct walk *walk, const struct call_page *page);

bool
calls_ledger_walk(const struct invocation *invocation, const struct calls_question *question,
                  size_t *out_count, struct error *err)
{
    struct arena *arena = arena_new(1024 * 1024);
    struct invocation one = *invocation;
    one.arena = arena;
    struct walk walk = {&one, question, question->from_ms, FIRST_SPAN_MS, 0};
    bool good = true;
    while (good && walk.at_ms < question->until_ms) {
        good = take_span(&walk, err);
        arena_reset(arena);
    }
    arena_free(arena);
    *out_count = walk.count;
    return good;
}

static bool
take_span(struct walk *walk, struct error *err)
{
    int64_t left = walk->question->until_ms - walk->at_ms;
    int64_t span = walk->span_ms < left ? walk->span_ms : left;
    struct call_page page;
    if (!ask(walk, walk->at_ms + span, (struct text){0}, &page, err))
        return false;
    bool is_whole = text_is_empty(page.next);
    if (!is_whole && span > 1) {
        walk->span_ms = span / 2;
        return true;
    }
    hand_on(walk, &page);
    if (!is_whole && !take_rest_of_instant(walk, page.next, err))
        return false;
    walk->at_ms += span;
    if (page.calls.count < REST_CALLS_MAX_ROWS / 4 && walk->span_ms < INT64_MAX / 2)
        walk->span_ms *= 2;
    return true;
}

static bool
take_rest_of_instant(struct walk *walk, struct text cursor, struct error *err)
{
    struct arena *arena = arena_new(1024 * 1024);
    struct invocation one = *walk->invocation;
    one.arena = arena;
    struct walk rest = *walk;
    rest.invocation = &one;
    char kept[REST_CURSOR_MAX_BYTES];
    bool good = true;
    while (good && !text_is_empty(cursor)) {
        struct call_page page;
        good = ask(&rest, rest.at_ms + 1, cursor, &page, err);
        if (!good)
            break;
        hand_on(&rest, &page);
        memcpy(kept, page.next.bytes ? page.next.bytes : "", page.next.length);
        cursor = (struct text){kept, page.next.length};
        arena_reset(arena);
    }
    arena_free(arena);
    walk->count = rest.count;
    return good;
}

static bool
ask(const struct walk *walk, int64_t until_ms, struct text cursor, struct call_page *out_page,
    struct error *err)
{
    struct arena *arena = walk->invocation->arena;
    struct text from = instance_escape(arena, print_time(arena, walk->at_ms, true));
    struct text until = instance_escape(arena, print_time(arena, until_ms, true));
    struct text path = text_format(arena, "/v1/calls?limit=%d&from=%.*s&until=%.*s", REST_CALLS_MAX_ROWS,
                                   TEXT_ARG(from), TEXT_ARG(until));
    if (!text_is_empty(cursor))
        path =
            text_format(arena, "%.*s&cursor=%.*s", TEXT_ARG(path), TEXT_ARG(instance_escape(arena, cursor)));
    struct document *answer;
    if (!instance_ask_ledger(walk->invocation, path, &answer, err))
        return false;
    struct problem_list problems;
    problems_init(&problems, arena);
    return schema_decode(arena, &call_page_schema, answer, (struct text){0}, out_page, &problems) ||
           error_set(err, ERROR_INVALID, "the ledger's answer: %.*s",
                     TEXT_ARG(problem_line(arena, &problems.items[0])));
}

static void
hand_on(struct walk *walk, const struct call_page *page)
{
    for (size_t i = page->calls.count; i-- > 0;)
        walk->question->on_record(walk->question->owner, &page->calls.items[i]);
    walk->count += page->calls.count;
}
