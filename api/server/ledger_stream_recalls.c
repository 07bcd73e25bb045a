/* What a gateway asks and says of calls under an Idempotency-Key, as frames. Whose it is says its Hello,
 * which its certificate bears out: a Recall names no environment. */
#include "api/server/ledger_stream_parts.h"

static void ask(void *owner, const struct ledger_recall *recall);
static void answer(void *owner, const struct ledger_recalled *recalled);

void
ledger_stream_join_recalls(struct ledger_stream *stream)
{
    stream->recalled = (struct recalled_gateway){.workspace = stream->hello.workspace,
                                                 .environment = stream->hello.environment,
                                                 .journal = stream->hello.journal,
                                                 .knows_recall = stream->knows_recall,
                                                 .ask = ask,
                                                 .answer = answer,
                                                 .owner = stream};
    call_recalls_join(stream->host->recalls, &stream->recalled);
}

void
ledger_stream_take_recall(struct ledger_stream *stream, const struct ledger_frame *frame)
{
    if (!stream->recalled.place) /* its gateway dialled again */
        return;
    if (frame->type == LEDGER_RECALLED) {
        call_recalls_hear(stream->host->recalls, &stream->recalled, &frame->recalled);
        return;
    }
    ledger_stream_count(stream, LEDGER_RECALLS, 1);
    call_recalls_ask(stream->host->recalls, &stream->recalled, &frame->recall);
}

static void
ask(void *owner, const struct ledger_recall *recall)
{
    ledger_stream_send(owner, &(struct ledger_frame){.type = LEDGER_RECALL, .recall = *recall});
}

static void
answer(void *owner, const struct ledger_recalled *recalled)
{
    ledger_stream_send(owner, &(struct ledger_frame){.type = LEDGER_RECALLED, .recalled = *recalled});
}
