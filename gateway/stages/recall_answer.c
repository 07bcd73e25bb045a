/* A call with an Idempotency-Key is made once: the same asked again while it runs is told to wait, and after
 * it was answered gets that answer once more, of a stream all its events at once, which costs nothing. What
 * failed may be tried again under its key.
 *
 * A key that this gateway does not know another of its environment may know: then it is asked before the call
 * goes on (recaller.h), which is hidden from the others until that is told. */
#include "gateway/stages/recall_answer.h"

#include "gateway/decide/idempotency.h"
#include "gateway/endpoints.h"
#include "gateway/exchange.h"
#include "gateway/live_config.h"
#include "gateway/recaller.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/net/digest.h"
#include "lib/net/http_server.h"
#include "lib/net/loop.h"

enum { ASK_AGAIN_MS = 1000, OK = 200 };

_Static_assert(DIGEST_SHA256_BYTES == IDEMPOTENCY_DIGEST_BYTES, "the table keeps whole digests");

struct recalling {
    struct idempotency_entry *entry; /* NULL: nothing to end */
    struct recall_wait wait;         /* while others are asked */
    struct buffer kept;              /* of a stream */
    bool is_too_long, is_whole;      /* kept is */
};

static struct recalling *
recalling_of(struct exchange *exchange)
{
    return exchange_own(exchange, &stage_recall_answer, sizeof(struct recalling));
}

void
recall_answer_keep(struct exchange *exchange, struct text bytes)
{
    if (text_is_empty(exchange->outcome.idempotency_key) || text_is_empty(bytes))
        return;
    struct recalling *recalling = recalling_of(exchange);
    struct buffer *kept = &recalling->kept;
    recalling->is_too_long =
        recalling->is_too_long || kept->length + bytes.length > idempotency_limits.answer_bytes;
    if (!recalling->entry || recalling->is_too_long)
        return;
    if (!kept->arena)
        buffer_init(kept, exchange->arena, 2 * bytes.length);
    buffer_add_text(kept, bytes);
}

void
recall_answer_keep_last(struct exchange *exchange, struct text bytes)
{
    if (text_is_empty(exchange->outcome.idempotency_key))
        return;
    recall_answer_keep(exchange, bytes);
    recalling_of(exchange)->is_whole = true;
}

/* Letters, digits and signs as they are in headers: it goes into records and to providers. */
static bool
is_key(struct text key)
{
    for (size_t i = 0; i < key.length; i++)
        if (key.bytes[i] < '!' || key.bytes[i] > '~')
            return false;
    return key.length <= IDEMPOTENCY_KEY_MAX_BYTES;
}

static enum stage_result
refuse_bad_key(struct exchange *exchange)
{
    return exchange_refuse(
        exchange, REFUSE_BAD_REQUEST,
        REFUSAL_DETAIL(.message =
                           TEXT("The header Idempotency-Key must be 1 to 255 visible ASCII characters, "
                                "such as a UUID.")));
}

static enum stage_result
refuse_running(struct exchange *exchange)
{
    return exchange_refuse(
        exchange, REFUSE_CALL_RUNNING,
        REFUSAL_DETAIL(.message = TEXT("A call with this Idempotency-Key is running. Ask again with the same "
                                       "key: when it has ended well its answer is given once more."),
                       .retry_after_ms = REFUSAL_SAYS(ASK_AGAIN_MS)));
}

static enum stage_result
refuse_different(struct exchange *exchange)
{
    return exchange_refuse(
        exchange, REFUSE_KEY_REUSED,
        REFUSAL_DETAIL(.message =
                           TEXT("This Idempotency-Key was used for another request less than ten minutes "
                                "after that ended, or while it runs. Take a new key for a new request.")));
}

static enum stage_result
give_again(struct exchange *exchange, const struct idempotency_answer *answer)
{
    struct arena *arena = exchange->arena;
    exchange->outcome.kind = CALL_COMPLETED;
    exchange->outcome.replay_of = text_copy(arena, answer->call);
    exchange->reply.status = OK;
    exchange->reply.body = text_copy(arena, answer->body);
    if (!text_is_empty(answer->content_type))
        exchange_add_header(exchange, TEXT("content-type"), text_copy(arena, answer->content_type));
    exchange_add_header(exchange, TEXT("idempotent-replayed"), TEXT("true"));
    exchange_add_header(exchange, TEXT("x-weir-decision"), TEXT("allowed"));
    exchange_add_standing_headers(exchange);
    return STAGE_ANSWERED;
}

/* Kept here too, as long as there: however often it is asked for, it crosses the ledger once. */
static enum stage_result
give_again_from_elsewhere(struct exchange *exchange, const struct idempotency_answer *answer)
{
    struct recalling *recalling = recalling_of(exchange);
    idempotency_show(recalling->entry);
    idempotency_end(exchange->gateway->idempotency, recalling->entry, answer,
                    loop_now_ms(exchange->gateway->site.loop));
    recalling->entry = NULL;
    return give_again(exchange, answer);
}

static void
on_told(void *owner, enum recall_verdict verdict, const struct idempotency_answer *answer)
{
    struct exchange *exchange = owner;
    if (verdict == RECALL_UNKNOWN)
        idempotency_show(recalling_of(exchange)->entry);
    else if (verdict == RECALL_RUNNING)
        refuse_running(exchange);
    else if (verdict == RECALL_DIFFERENT)
        refuse_different(exchange);
    else
        give_again_from_elsewhere(exchange, answer);
    exchange_resume(exchange);
}

/* Nothing is noted here when there is no room for it: then nobody is asked either. */
static enum stage_result
ask_others(struct exchange *exchange, const struct idempotency_ask *ask)
{
    struct recalling *recalling = recalling_of(exchange);
    struct recaller *recaller = exchange->gateway->recaller;
    if (!recalling->entry || !recaller)
        return STAGE_NEXT;
    recalling->wait = (struct recall_wait){.on_told = on_told, .owner = exchange};
    if (!recaller_ask(recaller, ask, exchange->config->config.gateways, &recalling->wait))
        return STAGE_NEXT;
    idempotency_hide(recalling->entry);
    return STAGE_WAIT;
}

static void
client_gone(struct exchange *exchange)
{
    recaller_leave(exchange->gateway->recaller, &recalling_of(exchange)->wait);
    exchange->outcome.kind = CALL_CLIENT_GONE;
    exchange->outcome.code = TEXT("client_gone");
    exchange_resume(exchange);
}

static enum stage_result
recall_answer(struct exchange *exchange)
{
    struct text key =
        text_trim(http_headers_find(&http_call_head(exchange->call)->headers, TEXT("idempotency-key")));
    if (text_is_empty(key))
        return STAGE_NEXT;
    if (!is_key(key))
        return refuse_bad_key(exchange);
    exchange->outcome.idempotency_key = key;
    struct recalling *recalling = recalling_of(exchange);

    uint8_t digest[DIGEST_SHA256_BYTES];
    const struct text question[] = {text_of(exchange->endpoint->name), TEXT("\n"),
                                    http_call_body(exchange->call)};
    digest_sha256_joined(question, COUNT_OF(question), digest);
    const struct idempotency_ask ask = {exchange->caller->name, key, digest, exchange->timing.now_ms};
    struct idempotency_answer answer;
    switch (idempotency_begin(exchange->gateway->idempotency, &ask, &recalling->entry, &answer)) {
    case IDEMPOTENCY_NEW:
        return ask_others(exchange, &ask);
    case IDEMPOTENCY_RUNNING:
        return refuse_running(exchange);
    case IDEMPOTENCY_DIFFERENT:
        return refuse_different(exchange);
    case IDEMPOTENCY_ANSWERED:
        break;
    }
    return give_again(exchange, &answer);
}

static struct text
content_type_of(const struct exchange_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (text_equals(reply->headers[i].name, TEXT("content-type")))
            return reply->headers[i].value;
    return TEXT("");
}

/* A client that left too early may come back for it: what was drained for it is whole. */
static void
remember(struct exchange *exchange)
{
    if (text_is_empty(exchange->outcome.idempotency_key))
        return;
    struct recalling *recalling = recalling_of(exchange);
    const struct exchange_reply *reply = &exchange->reply;
    if (!recalling->entry)
        return;
    bool is_good = exchange->outcome.kind == CALL_COMPLETED || exchange->outcome.kind == CALL_CLIENT_GONE;
    struct text body = recalling->is_whole ? buffer_text(&recalling->kept)
                       : reply->is_started ? TEXT("") /* a part of it is gone */
                                           : reply->body;
    const struct idempotency_answer answer = {
        .call = exchange_id(exchange), .content_type = content_type_of(reply), .body = body};
    bool is_whole = reply->status == OK && !reply->is_cut && !recalling->is_too_long && body.length > 0 &&
                    recall_can_say(answer.content_type);
    idempotency_end(exchange->gateway->idempotency, recalling->entry, is_good && is_whole ? &answer : NULL,
                    loop_now_ms(exchange->gateway->site.loop));
    recalling->entry = NULL;
}

const struct stage stage_recall_answer = {
    .name = "recall_answer",
    .on_request = recall_answer,
    .on_client_gone = client_gone,
    .on_done = remember,
};
