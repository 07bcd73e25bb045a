/* From each Welcome on batch and ack in turn. */
#include "gateway/usage_shipper.h"

#include "api/types/ledger_frames.h"
#include "gateway/gateway.h"
#include "gateway/ledger_link.h"
#include "gateway/usage_log.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/journal/journal.h"
#include "lib/net/loop.h"

enum {
    LOOK_AGAIN_MS = 25, /* for records that the disk has and that could not be read */
    REPORT_MS = 1000,
};

struct usage_shipper {
    struct gateway *gateway;
    struct usage_shipper_options options;
    struct loop_timer *look, *report;
    struct arena *reading; /* the reader's; NULL before the first Welcome */
    struct journal_reader *reader;
    bool is_ahead; /* this was read, and it is not yet its turn: */
    uint64_t ahead_number;
    struct text ahead;  /* the reader's */
    uint64_t acked;     /* everything before it is the ledger's */
    uint64_t out_until; /* of the batch that is out; 0: none is */
    struct metric *backlog, *sent;
};

static bool take_welcome(void *owner, int64_t next, struct error *err);
static bool take_ack(void *owner, const struct ledger_frame *frame, struct error *err);
static void on_lost(void *owner);
static void look(void *owner);
static int64_t gather(struct usage_shipper *shipper, struct buffer *records);
static void reserve(struct buffer *records, size_t record_bytes, uint64_t ready);
static bool find_record(struct usage_shipper *shipper, uint64_t number, struct text *out_record);
static bool read_ahead(struct usage_shipper *shipper, uint64_t number);
static void report(void *owner);

struct usage_shipper *
usage_shipper_start(struct arena *arena, struct gateway *gateway, const struct usage_shipper_options *options)
{
    static const struct metric_description backlog = {
        .name = "weir_ledger_backlog_records",
        .help = "Records in the journal that the ledger has not acked.",
        .kind = METRIC_GAUGE};
    static const struct metric_description sent = {.name = "weir_ledger_acked_records_total",
                                                   .help = "Records that the ledger has acked.",
                                                   .kind = METRIC_COUNTER};
    struct usage_shipper *shipper = arena_alloc(arena, sizeof(*shipper));
    *shipper = (struct usage_shipper){.gateway = gateway, .options = *options};
    shipper->backlog = metric_with(metrics_add(options->metrics, &backlog), NULL);
    shipper->sent = metric_with(metrics_add(options->metrics, &sent), NULL);
    shipper->look = loop_timer_new(gateway->site.loop, arena, look, shipper);
    shipper->report = loop_timer_new(gateway->site.loop, arena, report, shipper);
    loop_timer_start(shipper->report, REPORT_MS);
    const struct ledger_link_events events = {take_welcome, take_ack, on_lost, shipper};
    ledger_link_serve(options->link, LEDGER_LINK_USAGE, &events);
    usage_log_on_synced(gateway->usage_log, look, shipper);
    return shipper;
}

void
usage_shipper_close(struct usage_shipper *shipper)
{
    usage_log_on_synced(shipper->gateway->usage_log, NULL, NULL);
    loop_timer_stop(shipper->look);
    loop_timer_stop(shipper->report);
    arena_free(shipper->reading);
    shipper->reading = NULL;
}

int64_t
usage_shipper_backlog(const struct usage_shipper *shipper)
{
    return (int64_t)(usage_log_next_number(shipper->gateway->usage_log) - shipper->acked);
}

static bool
take_welcome(void *owner, int64_t next, struct error *err)
{
    struct usage_shipper *shipper = owner;
    uint64_t known = usage_log_next_number(shipper->gateway->usage_log);
    if ((uint64_t)next > known)
        return error_set(
            err, ERROR_INVALID,
            "the ledger has %lld records of this journal, which holds only %llu: was the state folder "
            "put back to an older copy? Start this gateway on an empty one",
            (long long)next, (unsigned long long)known);
    arena_free(shipper->reading);
    shipper->reading = arena_new(0);
    shipper->is_ahead = false;
    if (!journal_reader_open(shipper->reading, shipper->options.journal_folder, (uint64_t)next,
                             &shipper->reader, err))
        return false;
    shipper->out_until = 0;
    shipper->acked = (uint64_t)next;
    usage_log_drop(shipper->gateway->usage_log, shipper->acked);
    look(shipper);
    return true;
}

static bool
take_ack(void *owner, const struct ledger_frame *frame, struct error *err)
{
    struct usage_shipper *shipper = owner;
    int64_t next = frame->ack.next;
    if (shipper->out_until == 0 || (uint64_t)next != shipper->out_until)
        return error_set(err, ERROR_INVALID, "the ledger acks everything before %lld, and %llu was sent",
                         (long long)next, (unsigned long long)shipper->out_until);
    metric_increase(shipper->sent, (int64_t)(shipper->out_until - shipper->acked));
    shipper->acked = shipper->out_until;
    shipper->out_until = 0;
    usage_log_drop(shipper->gateway->usage_log, shipper->acked);
    look(shipper);
    return true;
}

static void
on_lost(void *owner)
{
    struct usage_shipper *shipper = owner;
    shipper->out_until = 0;
    loop_timer_stop(shipper->look);
}

/* Sends the next batch. Where there is none it looks when there is something new to read: an idle gateway
 * sleeps. */
static void
look(void *owner)
{
    struct usage_shipper *shipper = owner;
    struct ledger_link *link = shipper->options.link;
    struct buffer *records = shipper->out_until > 0 ? NULL : ledger_link_begin_records(link);
    if (!records)
        return;
    int64_t count = gather(shipper, records);
    if (count == 0) {
        ledger_link_drop_records(link);
        if (shipper->acked < usage_log_synced_number(shipper->gateway->usage_log))
            loop_timer_start(shipper->look, LOOK_AGAIN_MS);
        return;
    }
    shipper->out_until = shipper->acked + (uint64_t)count;
    const struct ledger_frame usage = {.type = LEDGER_USAGE,
                                       .usage = {.first = (int64_t)shipper->acked, .count = count}};
    ledger_link_send_records(link, &usage); /* a lost one is sent again after the next Welcome */
}

/* Records of one gateway are much alike: there is room for all of them when the first one is in. */
static int64_t
gather(struct usage_shipper *shipper, struct buffer *records)
{
    uint64_t ready = usage_log_synced_number(shipper->gateway->usage_log);
    size_t start = records->length;
    int64_t count = 0;
    struct text record;
    while (shipper->acked + (uint64_t)count < ready && count < LEDGER_MAX_BATCH_RECORDS &&
           records->length - start < LEDGER_MAX_BATCH_BYTES &&
           find_record(shipper, shipper->acked + (uint64_t)count, &record)) {
        if (count == 0)
            reserve(records, record.length + 1, ready - shipper->acked);
        buffer_add_text(records, record);
        buffer_add_byte(records, '\n');
        count++;
    }
    return count;
}

static void
reserve(struct buffer *records, size_t record_bytes, uint64_t ready)
{
    size_t count = ready < LEDGER_MAX_BATCH_RECORDS ? (size_t)ready : LEDGER_MAX_BATCH_RECORDS;
    size_t most = LEDGER_MAX_BATCH_BYTES + record_bytes; /* the last one may begin below the bound */
    buffer_reserve(records, count * record_bytes < most ? count * record_bytes : most);
}

/* A record that the journal has no more still has its number: it goes as null, which the ledger keeps count
 * of. Which those are is known from the number of the next one that can be read. */
static bool
find_record(struct usage_shipper *shipper, uint64_t number, struct text *out_record)
{
    if (!shipper->is_ahead && !read_ahead(shipper, number))
        return false;
    shipper->is_ahead = shipper->ahead_number > number;
    *out_record = shipper->is_ahead ? TEXT("null") : shipper->ahead;
    return true;
}

static bool
read_ahead(struct usage_shipper *shipper, uint64_t number)
{
    struct error why;
    while (!journal_reader_next(shipper->reader, &shipper->ahead_number, &shipper->ahead, &why)) {
        if (why.kind == ERROR_NONE)
            return false;
        log_error("journal_not_read", LOG_INT("number", (int64_t)number), LOG_STRING("reason", why.message));
        if (why.kind != ERROR_INVALID) /* no damage: the next look may find it */
            return false;
    }
    if (shipper->ahead_number > number)
        log_error("records_missing", LOG_INT("first", (int64_t)number),
                  LOG_INT("count", (int64_t)(shipper->ahead_number - number)));
    return true;
}

static void
report(void *owner)
{
    struct usage_shipper *shipper = owner;
    metric_set(shipper->backlog, usage_shipper_backlog(shipper));
    loop_timer_start(shipper->report, REPORT_MS);
}
