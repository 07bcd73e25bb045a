/* The frame is the first line; records are not looked into here. */
#include "api/types/ledger_frames.h"

#include "api/types/frame.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

const char *const ledger_frame_type_names[] = {
    "Hello",    "Welcome", "Usage",  "Ack",     "Refuse",   "Ask",      "Lent",     "GiveBack",
    "Returned", "Book",    "Booked", "Declare", "Declared", "Gateways", "Listen",   "Alerts",
    "Look",     "Running", "Keys",   "Samples", "Sampled",  "Recall",   "Recalled", NULL};

DEFINE_SCHEMA(ledger_hello, LEDGER_HELLO_FIELDS,
              "What a gateway says of itself when it has dialled the ledger.");
DEFINE_SCHEMA(ledger_welcome, LEDGER_WELCOME_FIELDS, "Where a gateway is to go on.");
DEFINE_SCHEMA(ledger_usage, LEDGER_USAGE_FIELDS, "A batch of usage records.");
DEFINE_SCHEMA(ledger_ack, LEDGER_ACK_FIELDS, "What is committed.");
DEFINE_SCHEMA(ledger_refuse, LEDGER_REFUSE_FIELDS, "The end of a stream.");
DEFINE_SCHEMA(ledger_ask, LEDGER_ASK_FIELDS, "What a gateway wants to have on loan.");
DEFINE_SCHEMA(ledger_lent, LEDGER_LENT_FIELDS, "What was lent to it.");
DEFINE_SCHEMA(ledger_return, LEDGER_RETURN_FIELDS, "What is given back of one lease.");
DEFINE_SCHEMA(ledger_give_back, LEDGER_GIVE_BACK_FIELDS, "What a gateway gives back.");
DEFINE_SCHEMA(ledger_returned, LEDGER_RETURNED_FIELDS, "It was heard.");
DEFINE_SCHEMA(ledger_booked, LEDGER_BOOKED_FIELDS, "The book is in force.");
DEFINE_SCHEMA(ledger_declare, LEDGER_DECLARE_FIELDS, "What one workspace declares, or the organisation.");
DEFINE_SCHEMA(ledger_declared, LEDGER_DECLARED_FIELDS, "Which revision of that the ledger has.");
DEFINE_SCHEMA(ledger_listen, LEDGER_LISTEN_FIELDS, "That an operator wants to hear of alerts.");
DEFINE_SCHEMA(ledger_alerts_frame, LEDGER_ALERTS_FIELDS, "Alerts that nobody was told of yet.");
DEFINE_SCHEMA(ledger_look, LEDGER_LOOK_FIELDS, "A question which calls run.");
DEFINE_SCHEMA(running_call, RUNNING_CALL_FIELDS, "A call that runs in a gateway.");
DEFINE_SCHEMA(ledger_running, LEDGER_RUNNING_FIELDS, "The calls that run in a gateway.");
DEFINE_SCHEMA(ledger_samples, LEDGER_SAMPLES_FIELDS, "What pods had and used.");
DEFINE_SCHEMA(ledger_sampled, LEDGER_SAMPLED_FIELDS, "It is committed.");

DEFINE_SCHEMA(ledger_gateways, LEDGER_GATEWAYS_FIELDS, "How many gateways an environment has.");
DEFINE_SCHEMA(ledger_beside, LEDGER_BESIDE_FIELDS, "What stands beside a frame's own member.");
DEFINE_SCHEMA(ledger_knows, LEDGER_KNOWS_FIELDS, "What the sender knows.", .is_open = true);
DEFINE_SCHEMA(ledger_key, LEDGER_KEY_FIELDS, "A key that was made or revoked over REST.");
DEFINE_SCHEMA(ledger_keys, LEDGER_KEYS_FIELDS, "What was said over REST of an environment's keys.");

static const struct frame_member members[] = {
    [LEDGER_HELLO] = {"hello", &ledger_hello_schema, offsetof(struct ledger_frame, hello)},
    [LEDGER_WELCOME] = {"welcome", &ledger_welcome_schema, offsetof(struct ledger_frame, welcome)},
    [LEDGER_USAGE] = {"usage", &ledger_usage_schema, offsetof(struct ledger_frame, usage)},
    [LEDGER_ACK] = {"ack", &ledger_ack_schema, offsetof(struct ledger_frame, ack)},
    [LEDGER_REFUSE] = {"refuse", &ledger_refuse_schema, offsetof(struct ledger_frame, refuse)},
    [LEDGER_ASK] = {"ask", &ledger_ask_schema, offsetof(struct ledger_frame, ask)},
    [LEDGER_LENT] = {"lent", &ledger_lent_schema, offsetof(struct ledger_frame, lent)},
    [LEDGER_GIVE_BACK] = {"giveBack", &ledger_give_back_schema, offsetof(struct ledger_frame, give_back)},
    [LEDGER_RETURNED] = {"returned", &ledger_returned_schema, offsetof(struct ledger_frame, returned)},
    [LEDGER_BOOK] = {"book", &budget_book_schema, offsetof(struct ledger_frame, book)},
    [LEDGER_BOOKED] = {"booked", &ledger_booked_schema, offsetof(struct ledger_frame, booked)},
    [LEDGER_DECLARE] = {"declare", &ledger_declare_schema, offsetof(struct ledger_frame, declare)},
    [LEDGER_DECLARED] = {"declared", &ledger_declared_schema, offsetof(struct ledger_frame, declared)},
    [LEDGER_GATEWAYS] = {"gateways", &ledger_gateways_schema, offsetof(struct ledger_frame, gateways)},
    [LEDGER_LISTEN] = {"listen", &ledger_listen_schema, offsetof(struct ledger_frame, listen)},
    [LEDGER_ALERTS] = {"alerts", &ledger_alerts_frame_schema, offsetof(struct ledger_frame, alerts)},
    [LEDGER_LOOK] = {"look", &ledger_look_schema, offsetof(struct ledger_frame, look)},
    [LEDGER_RUNNING] = {"running", &ledger_running_schema, offsetof(struct ledger_frame, running)},
    [LEDGER_KEYS] = {"keys", &ledger_keys_schema, offsetof(struct ledger_frame, keys)},
    [LEDGER_SAMPLES] = {"samples", &ledger_samples_schema, offsetof(struct ledger_frame, samples)},
    [LEDGER_SAMPLED] = {"sampled", &ledger_sampled_schema, offsetof(struct ledger_frame, sampled)},
    [LEDGER_RECALL] = {"recall", &ledger_recall_schema, offsetof(struct ledger_frame, recall)},
    [LEDGER_RECALLED] = {"recalled", &ledger_recalled_schema, offsetof(struct ledger_frame, recalled)},
};
static const struct frame_member beside[] = {
    {"beside", &ledger_beside_schema, offsetof(struct ledger_frame, beside)},
    {"knows", &ledger_knows_schema, offsetof(struct ledger_frame, knows)},
};

static const struct frame_kinds kinds = {.title = "a ledger frame",
                                         .names = ledger_frame_type_names,
                                         .members = members,
                                         .beside = beside,
                                         .beside_count = COUNT_OF(beside),
                                         .frame_bytes = sizeof(struct ledger_frame),
                                         .max_bytes = LEDGER_MAX_FRAME_BYTES};

static bool check_records(const struct ledger_frame *frame, struct error *err);

bool
ledger_frame_parse(struct arena *arena, struct text message, struct ledger_frame *out_frame,
                   struct error *err)
{
    if (message.length > LEDGER_MAX_FRAME_BYTES)
        return error_set(err, ERROR_INVALID, "a ledger message of %zu bytes; at most %u are allowed",
                         message.length, LEDGER_MAX_FRAME_BYTES);
    struct text records = message, head = text_cut(&records, '\n');
    struct ledger_frame frame;
    if (!frame_parse(arena, &kinds, head, &frame, err))
        return false;
    frame.records = records;
    if (!check_records(&frame, err))
        return false;
    *out_frame = frame;
    return true;
}

void
ledger_frame_print(struct arena *arena, const struct ledger_frame *frame, struct buffer *out)
{
    ledger_frame_print_head(arena, frame, out);
    if (frame->type == LEDGER_USAGE)
        buffer_add_text(out, frame->records);
}

void
ledger_frame_print_head(struct arena *arena, const struct ledger_frame *frame, struct buffer *out)
{
    frame_print(arena, &kinds, frame, out);
    if (frame->type == LEDGER_USAGE)
        buffer_add_byte(out, '\n');
}

bool
ledger_next_record(struct text *records, struct text *out_record)
{
    if (text_is_empty(*records))
        return false;
    *out_record = text_cut(records, '\n');
    return true;
}

static bool
check_records(const struct ledger_frame *frame, struct error *err)
{
    struct text rest = frame->records, record;
    int64_t count = 0;
    if (frame->type != LEDGER_USAGE)
        return text_is_empty(rest) ||
               error_set(err, ERROR_INVALID, "only a Usage has lines behind it, not a %s",
                         ledger_frame_type_names[frame->type]);
    for (; ledger_next_record(&rest, &record); count++)
        if (text_is_empty(record) || record.length > LEDGER_MAX_RECORD_BYTES)
            return error_set(err, ERROR_INVALID, "record %lld of a batch has %zu bytes; 1 to %u are allowed",
                             (long long)count, record.length, LEDGER_MAX_RECORD_BYTES);
    if (count != frame->usage.count)
        return error_set(err, ERROR_INVALID, "a batch of %lld records came with %lld lines",
                         (long long)frame->usage.count, (long long)count);
    return true;
}
