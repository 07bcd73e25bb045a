/* Looks what is due whenever something ended or was made, and every few seconds: for what others made on the
 * same database. */
#include "api/server/alert_sender.h"

#include "api/server/ledger/ledger_deliveries.h"
#include "api/server/webhook_message.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/base/utf8.h"
#include "lib/net/digest.h"
#include "lib/net/fetch_client.h"
#include "lib/net/loop.h"

enum {
    MOST_AT_ONCE = 8,
    EVERY_MS = 5000,
    CONNECT_MS = 5000,
    TOTAL_MS = 10000,
    CLAIM_MS = 60000, /* the call, and what comes of it into the database */
    MOST_ANSWER_BYTES = 65536,
    MOST_KEY_FILE_BYTES = 4096,
};

enum delivery_end { END_DELIVERED, END_FAILED, END_GIVEN_UP, END_COUNT };

struct sending {
    struct alert_sender *sender;
    struct arena *arena;
    struct delivery_result result;
    int64_t tries; /* this one too */
    int status;    /* 0: no answer */
};

struct alert_sender {
    struct alert_sender_options options;
    struct webhook_key key;
    struct fetch_client *client;
    struct loop_timer *timer;
    struct arena *work; /* of the look */
    bool is_looking, wants_look;
    struct sending *slots[MOST_AT_ONCE]; /* NULL: free */
    struct metric *alerts, *waiting, *ends[END_COUNT];
};

static bool read_key(struct alert_sender *sender, struct error *err);
static void add_metrics(struct alert_sender *sender);
static size_t count_free(const struct alert_sender *sender);
static void look(void *owner);
static void on_claimed(void *owner, const struct claim_answer *answer);
static void start_sending(struct alert_sender *sender, const struct claim_answer *answer, size_t at);
static void on_head(void *owner, struct fetch_call *call, int status);
static void on_end(void *owner, enum fetch_end end, const struct error *why);
static void decide(struct sending *sending, const struct error *why);
static void on_kept(void *owner, const struct ledger_outcome *outcome);
static void end_sending(struct sending *sending);
static void on_release(void *owner);

bool
alert_sender_start(struct arena *arena, const struct alert_sender_options *options,
                   struct alert_sender **out_sender, struct error *err)
{
    struct alert_sender *sender = arena_alloc(arena, sizeof(*sender));
    *sender = (struct alert_sender){.options = *options, .work = arena_new(0)};
    arena_defer(arena, on_release, sender);
    if (options->key_file && !read_key(sender, err))
        return error_context(err, "%s", options->key_file);
    add_metrics(sender);
    sender->client = fetch_client_new(arena, options->loop);
    sender->timer = loop_timer_new(options->loop, arena, look, sender);
    loop_timer_start(sender->timer, 0);
    *out_sender = sender;
    return true;
}

void
alert_sender_note(struct alert_sender *sender, int64_t alerts)
{
    metric_increase(sender->alerts, alerts);
    if (alerts == 0)
        return;
    loop_timer_start(sender->timer, 0);
    if (sender->options.on_made)
        sender->options.on_made(sender->options.owner);
}

static bool
read_key(struct alert_sender *sender, struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct text bytes;
    if (!file_read(scratch, sender->options.key_file, MOST_KEY_FILE_BYTES, &bytes, err))
        return false;
    bool is_key = webhook_key_parse(text_trim(bytes), &sender->key, err);
    digest_forget((void *)(uintptr_t)bytes.bytes, bytes.length);
    return is_key;
}

static void
add_metrics(struct alert_sender *sender)
{
    static const char *const labels[] = {"outcome", NULL};
    static const struct metric_description descriptions[] = {
        {.name = "weir_budget_alerts_total",
         .help = "Thresholds of budgets that were reached by what this process settled, each once."},
        {.name = "weir_alert_deliveries_waiting",
         .help = "Alerts that webhooks are still to be told of, on this database.",
         .kind = METRIC_GAUGE},
        {.name = "weir_alert_deliveries_total",
         .help = "Tries to tell a webhook of an alert, by outcome: delivered, failed, given_up.",
         .labels = labels},
    };
    static const char *const outcomes[END_COUNT] = {"delivered", "failed", "given_up"};
    struct metrics *metrics = sender->options.metrics;
    sender->alerts = metric_with(metrics_add(metrics, &descriptions[0]), NULL);
    sender->waiting = metric_with(metrics_add(metrics, &descriptions[1]), NULL);
    struct metric_family *ends = metrics_add(metrics, &descriptions[2]);
    for (size_t i = 0; i < END_COUNT; i++) {
        struct text outcome = text_of(outcomes[i]);
        sender->ends[i] = metric_with(ends, &outcome);
    }
}

static size_t
count_free(const struct alert_sender *sender)
{
    size_t count = 0;
    for (size_t i = 0; i < MOST_AT_ONCE; i++)
        count += !sender->slots[i];
    return count;
}

static void
look(void *owner)
{
    struct alert_sender *sender = owner;
    int64_t now_ms = clock_unix_ms();
    const struct claim_question question = {now_ms, now_ms + CLAIM_MS, count_free(sender)};
    sender->wants_look = sender->is_looking;
    if (sender->is_looking || question.most == 0)
        return;
    sender->is_looking = true;
    ledger_deliveries_claim(sender->options.ledger, sender->work, &question, on_claimed, sender);
}

static void
on_claimed(void *owner, const struct claim_answer *answer)
{
    struct alert_sender *sender = owner;
    sender->is_looking = false;
    if (answer->end != LEDGER_DONE) {
        log_error("alerts_not_read", LOG_STRING("reason", answer->why.message));
    } else {
        metric_set(sender->waiting, answer->waiting);
        for (size_t i = 0; i < answer->count; i++)
            start_sending(sender, answer, i);
    }
    bool is_due = answer->end == LEDGER_DONE && sender->wants_look;
    loop_timer_start(sender->timer, is_due ? 0 : EVERY_MS);
    arena_reset(sender->work);
}

/* There is a free slot: so many were asked for. */
static void
start_sending(struct alert_sender *sender, const struct claim_answer *answer, size_t at)
{
    struct arena *arena = arena_new(0);
    struct sending *sending = arena_alloc(arena, sizeof(*sending));
    const struct delivery *delivery = &answer->deliveries[at];
    *sending = (struct sending){.sender = sender, .arena = arena, .tries = delivery->tries};
    sending->result = (struct delivery_result){.alert = text_copy(arena, delivery->alert.id),
                                               .url = text_copy(arena, delivery->url),
                                               .claim = text_copy(arena, answer->claim)};
    size_t slot = 0;
    while (sender->slots[slot])
        slot++;
    sender->slots[slot] = sending;
    const struct webhook_message message =
        webhook_message(arena, &delivery->alert, &sender->key, clock_unix_ms());
    const struct fetch_request request = {.method = TEXT("POST"),
                                          .url = sending->result.url,
                                          .headers = message.headers,
                                          .body = message.body,
                                          .connect_ms = CONNECT_MS,
                                          .total_ms = TOTAL_MS,
                                          .max_body_bytes = MOST_ANSWER_BYTES};
    const struct fetch_events events = {.on_head = on_head, .on_end = on_end, .owner = sending};
    fetch_start(arena, sender->client, &request, &events);
}

static void
on_head(void *owner, struct fetch_call *call, int status)
{
    struct sending *sending = owner;
    (void)call;
    sending->status = status;
}

/* Its status is its answer, whatever becomes of the rest. */
static void
on_end(void *owner, enum fetch_end end, const struct error *why)
{
    struct sending *sending = owner;
    (void)end;
    decide(sending, why);
    ledger_delivery_end(sending->sender->options.ledger, sending->arena, &sending->result, on_kept, sending);
}

static void
decide(struct sending *sending, const struct error *why)
{
    struct delivery_result *result = &sending->result;
    int64_t tries = sending->tries, retry_ms = webhook_retry_ms(tries);
    bool is_done = sending->status >= 200 && sending->status < 300;
    enum delivery_end end = is_done ? END_DELIVERED : retry_ms > 0 ? END_FAILED : END_GIVEN_UP;
    result->state = is_done ? ALERT_TOLD_DONE : retry_ms > 0 ? ALERT_TOLD_WAITING : ALERT_TOLD_GIVEN_UP;
    result->due_ms = clock_unix_ms() + retry_ms;
    result->note = sending->status > 0
                       ? text_format(sending->arena, "answered %d", sending->status)
                       : text_copy(sending->arena, utf8_at_most(text_of(why ? why->message : "no answer"),
                                                                ALERT_NOTE_MAX_BYTES));
    metric_increase(sending->sender->ends[end], 1);
    if (is_done)
        log_info("alert_told", LOG_TEXT("alert", result->alert),
                 LOG_TEXT("server", webhook_server(result->url)), LOG_INT("tries", tries));
    else
        log_warn(retry_ms > 0 ? "alert_not_told" : "alert_given_up", LOG_TEXT("alert", result->alert),
                 LOG_TEXT("server", webhook_server(result->url)), LOG_INT("tries", tries),
                 LOG_TEXT("reason", result->note));
}

/* What is not kept is claimed still, and sent again when that is over. */
static void
on_kept(void *owner, const struct ledger_outcome *outcome)
{
    struct sending *sending = owner;
    struct alert_sender *sender = sending->sender;
    if (outcome->end != LEDGER_DONE)
        log_error("alert_not_kept", LOG_TEXT("alert", sending->result.alert),
                  LOG_STRING("reason", outcome->why.message));
    end_sending(sending);
    if (!sender->is_looking)
        loop_timer_start(sender->timer, 0);
}

static void
end_sending(struct sending *sending)
{
    struct sending **slots = sending->sender->slots;
    for (size_t i = 0; i < MOST_AT_ONCE; i++)
        if (slots[i] == sending)
            slots[i] = NULL;
    arena_free(sending->arena);
}

static void
on_release(void *owner)
{
    struct alert_sender *sender = owner;
    for (size_t i = 0; i < MOST_AT_ONCE; i++)
        if (sender->slots[i])
            end_sending(sender->slots[i]);
    arena_free(sender->work);
    digest_forget(&sender->key, sizeof(sender->key));
}
