/* Who waits stands in a list, oldest first; a number is looked for from its front, where the answer that
 * comes next mostly belongs. */
#include "gateway/recaller.h"

#include "api/types/ledger_frames.h"
#include "api/types/usage_record.h"
#include "gateway/gateway.h"
#include "gateway/ledger_link.h"
#include "gateway/lender.h"
#include "lib/base/arena.h"
#include "lib/base/metrics.h"
#include "lib/base/token_bucket.h"
#include "lib/net/digest.h"
#include "lib/net/loop.h"

_Static_assert(RECALL_KEY_MAX_BYTES == IDEMPOTENCY_KEY_MAX_BYTES, "every key can be asked about");

enum asked_result {
    ASKED_UNKNOWN,   /* nobody knows it */
    ASKED_RUNNING,   /* it runs elsewhere */
    ASKED_DIFFERENT, /* the key stands for another question elsewhere */
    ASKED_ANSWERED,  /* an answer was given again from elsewhere */
    ASKED_PARTIAL,   /* nobody said that he knows it, and not everybody said something */
    ASKED_LATE,      /* the ledger did not answer in time */
    ASKED_AWAY,      /* there is no ledger to ask, or it is too old */
    ASKED_FULL,      /* too many wait already, or were asked lately */
    ASKED_LEFT,      /* the client went while it waited */
    ASKED_RESULTS
};

struct recaller {
    struct gateway *gateway;
    struct ledger_link *link;
    struct loop_timer *timer;
    struct metric *results[ASKED_RESULTS];
    struct recall_wait *oldest, *newest;
    size_t count;
    struct token_bucket questions;
    int64_t last_number;
};

static void add_metrics(struct recaller *recaller, struct metrics *metrics);
static bool cannot_ask(struct recaller *recaller, const struct idempotency_ask *ask);
static bool on_frame(void *owner, const struct ledger_frame *frame, struct error *err);
static void on_lost(void *owner);
static void on_overdue(void *owner);
static void be_told(struct recaller *recaller, const struct ledger_recalled *recalled);
static bool is_readable(const struct ledger_recalled *recalled, struct arena *arena, struct text *out_body);
static void look(struct recaller *recaller, const struct ledger_recall *recall);
static void take_out(struct recaller *recaller, struct recall_wait *wait);
static void go_on(struct recaller *recaller, struct recall_wait *wait, enum asked_result result);

struct recaller *
recaller_start(struct arena *arena, struct gateway *gateway, struct ledger_link *link,
               struct metrics *metrics)
{
    struct recaller *recaller = arena_alloc(arena, sizeof(*recaller));
    *recaller = (struct recaller){.gateway = gateway, .link = link};
    recaller->timer = loop_timer_new(gateway->site.loop, arena, on_overdue, recaller);
    recaller->questions =
        token_bucket_full(.per_minute = RECALLER_MAX_A_MINUTE, .now_ms = loop_now_ms(gateway->site.loop));
    add_metrics(recaller, metrics);
    const struct ledger_link_events events = {.on_frame = on_frame, .on_lost = on_lost, .owner = recaller};
    ledger_link_serve(link, LEDGER_LINK_RECALL, &events);
    return recaller;
}

bool
recaller_ask(struct recaller *recaller, const struct idempotency_ask *ask, int64_t gateways,
             struct recall_wait *wait)
{
    if (lender_gateways(recaller->gateway->lender, gateways) == 1 || cannot_ask(recaller, ask))
        return false;
    scoped_arena struct arena *arena = arena_new(0);
    wait->number = ++recaller->last_number;
    wait->until_ms = loop_now_ms(recaller->gateway->site.loop) + RECALLER_WAIT_MS;
    wait->before = recaller->newest;
    wait->after = NULL;
    *(recaller->newest ? &recaller->newest->after : &recaller->oldest) = wait;
    recaller->newest = wait;
    recaller->count++;
    if (!loop_timer_is_running(recaller->timer))
        loop_timer_start(recaller->timer, RECALLER_WAIT_MS);
    const struct ledger_frame frame = {
        .type = LEDGER_RECALL,
        .recall = {.number = wait->number,
                   .caller = ask->caller,
                   .key = ask->key,
                   .digest = digest_hex(arena, ask->digest, IDEMPOTENCY_DIGEST_BYTES)}};
    (void)ledger_link_send(recaller->link, &frame); /* what is lost with its stream is told in on_lost */
    return true;
}

void
recaller_leave(struct recaller *recaller, struct recall_wait *wait)
{
    take_out(recaller, wait);
    metric_increase(recaller->results[ASKED_LEFT], 1);
}

static void
add_metrics(struct recaller *recaller, struct metrics *metrics)
{
    static const char *const labels[] = {"result", NULL};
    static const struct metric_description description = {
        .name = "weir_idempotency_asks_total",
        .help = "Calls under an Idempotency-Key that this gateway does not know, where the environment has "
                "others: running, answered or different elsewhere; unknown, so they went on. Went on too: "
                "partial (somebody did not say), late (the ledger did not), away (there is none, or one of "
                "before), full (too many asked). left: the client went.",
        .kind = METRIC_COUNTER,
        .labels = labels,
        .max_series = ASKED_RESULTS};
    static const struct text names[ASKED_RESULTS] = {[ASKED_UNKNOWN] = TEXT("unknown"),
                                                     [ASKED_RUNNING] = TEXT("running"),
                                                     [ASKED_DIFFERENT] = TEXT("different"),
                                                     [ASKED_ANSWERED] = TEXT("answered"),
                                                     [ASKED_PARTIAL] = TEXT("partial"),
                                                     [ASKED_LATE] = TEXT("late"),
                                                     [ASKED_AWAY] = TEXT("away"),
                                                     [ASKED_FULL] = TEXT("full"),
                                                     [ASKED_LEFT] = TEXT("left")};
    struct metric_family *family = metrics_add(metrics, &description);
    for (size_t i = 0; i < ASKED_RESULTS; i++)
        recaller->results[i] = metric_with(family, &names[i]);
}

static bool
cannot_ask(struct recaller *recaller, const struct idempotency_ask *ask)
{
    bool is_away = !ledger_link_knows_recall(recaller->link);
    bool is_full =
        recaller->count == RECALLER_MAX_WAITS || ask->caller.length > RECALL_CALLER_MAX_BYTES ||
        !token_bucket_take(&recaller->questions, loop_now_ms(recaller->gateway->site.loop), 1).granted;
    if (is_away || is_full)
        metric_increase(recaller->results[is_away ? ASKED_AWAY : ASKED_FULL], 1);
    return is_away || is_full;
}

static bool
on_frame(void *owner, const struct ledger_frame *frame, struct error *err)
{
    struct recaller *recaller = owner;
    (void)err;
    if (frame->type == LEDGER_RECALL)
        look(recaller, &frame->recall);
    else
        be_told(recaller, &frame->recalled);
    return true;
}

/* From the loop only, which may be over: the link is lost too when the process ends. */
static void
on_lost(void *owner)
{
    struct recaller *recaller = owner;
    for (struct recall_wait *wait = recaller->oldest; wait; wait = wait->after)
        wait->until_ms = 0;
    if (recaller->oldest)
        loop_timer_start(recaller->timer, 0);
}

static void
on_overdue(void *owner)
{
    struct recaller *recaller = owner;
    int64_t now_ms = loop_now_ms(recaller->gateway->site.loop);
    while (recaller->oldest && recaller->oldest->until_ms <= now_ms)
        go_on(recaller, recaller->oldest, recaller->oldest->until_ms == 0 ? ASKED_AWAY : ASKED_LATE);
    if (recaller->oldest)
        loop_timer_start(recaller->timer, recaller->oldest->until_ms - now_ms);
}

/* One that nobody waits for any more came too late. */
static void
be_told(struct recaller *recaller, const struct ledger_recalled *recalled)
{
    static const enum asked_result results[] = {[RECALL_UNKNOWN] = ASKED_UNKNOWN,
                                                [RECALL_RUNNING] = ASKED_RUNNING,
                                                [RECALL_DIFFERENT] = ASKED_DIFFERENT,
                                                [RECALL_ANSWERED] = ASKED_ANSWERED};
    struct recall_wait *wait = recaller->oldest;
    while (wait && wait->number != recalled->number)
        wait = wait->after;
    if (!wait)
        return;
    scoped_arena struct arena *arena = arena_new(0);
    struct idempotency_answer answer = {
        .call = recalled->call, .content_type = recalled->content_type, .left_ms = recalled->left_ms};
    bool is_partial = recalled->verdict == RECALL_UNKNOWN && recalled->is_partial;
    if (is_partial || !is_readable(recalled, arena, &answer.body)) {
        go_on(recaller, wait, ASKED_PARTIAL);
        return;
    }
    take_out(recaller, wait);
    metric_increase(recaller->results[results[recalled->verdict]], 1);
    wait->on_told(wait->owner, recalled->verdict, &answer);
}

static bool
is_readable(const struct ledger_recalled *recalled, struct arena *arena, struct text *out_body)
{
    return recalled->verdict != RECALL_ANSWERED ||
           (!text_is_empty(recalled->call) && recalled->left_ms > 0 &&
            digest_base64_decode(arena, recalled->body, out_body) && !text_is_empty(*out_body));
}

static void
look(struct recaller *recaller, const struct ledger_recall *recall)
{
    static const enum recall_verdict verdicts[] = {[IDEMPOTENCY_NEW] = RECALL_UNKNOWN,
                                                   [IDEMPOTENCY_RUNNING] = RECALL_RUNNING,
                                                   [IDEMPOTENCY_DIFFERENT] = RECALL_DIFFERENT,
                                                   [IDEMPOTENCY_ANSWERED] = RECALL_ANSWERED};
    scoped_arena struct arena *arena = arena_new(0);
    struct gateway *gateway = recaller->gateway;
    struct ledger_frame frame = {.type = LEDGER_RECALLED, .recalled = {.number = recall->number}};
    uint8_t digest[DIGEST_SHA256_BYTES];
    struct idempotency_answer answer;
    if (digest_parse_hex(recall->digest, digest, sizeof(digest))) {
        const struct idempotency_ask ask = {recall->caller, recall->key, digest,
                                            loop_now_ms(gateway->site.loop)};
        frame.recalled.verdict = verdicts[idempotency_look(gateway->idempotency, &ask, &answer)];
    }
    if (frame.recalled.verdict == RECALL_ANSWERED) {
        frame.recalled.call = answer.call;
        frame.recalled.content_type = answer.content_type;
        frame.recalled.left_ms = answer.left_ms;
        frame.recalled.body = digest_base64(arena, answer.body.bytes, answer.body.length);
    }
    (void)ledger_link_send(recaller->link, &frame); /* without a stream nobody waits for it */
}

static void
take_out(struct recaller *recaller, struct recall_wait *wait)
{
    *(wait->before ? &wait->before->after : &recaller->oldest) = wait->after;
    *(wait->after ? &wait->after->before : &recaller->newest) = wait->before;
    recaller->count--;
}

static void
go_on(struct recaller *recaller, struct recall_wait *wait, enum asked_result result)
{
    take_out(recaller, wait);
    metric_increase(recaller->results[result], 1);
    wait->on_told(wait->owner, RECALL_UNKNOWN, NULL);
}
