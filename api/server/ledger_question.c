/* Each question has an arena of its own, so that one ends without the others. */
#include "api/server/ledger/ledger_lending.h"
#include "api/server/ledger_stream_parts.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"

struct ledger_question {
    struct ledger_question *next, **place; /* in the list of its stream */
    struct ledger_stream *stream;
    struct arena *arena;
    struct ledger_frame frame;
};

static void ask(struct ledger_question *question);
static void give_back(struct ledger_question *question);
static void on_lent(void *owner, const struct lend_answer *answer);
static void note_lent(const struct ledger_question *question, const struct lend_answer *answer);
static void on_given_back(void *owner, const struct ledger_outcome *outcome);
static void end_question(struct ledger_question *question);

bool
ledger_question_begin(struct ledger_stream *stream, struct arena *arena, const struct ledger_frame *frame,
                      struct error *err)
{
    if (stream->question_count == LEDGER_MAX_QUESTIONS)
        return error_set(err, ERROR_INVALID, "%d questions are not answered yet: no more at once",
                         LEDGER_MAX_QUESTIONS);
    struct ledger_question *question = arena_alloc(arena, sizeof(*question));
    *question = (struct ledger_question){stream->questions, &stream->questions, stream, arena, *frame};
    if (question->next)
        question->next->place = &question->next;
    stream->questions = question;
    stream->question_count++;
    if (frame->type == LEDGER_ASK)
        ask(question);
    else
        give_back(question);
    return true;
}

void
ledger_question_forget_all(struct ledger_stream *stream)
{
    while (stream->questions)
        end_question(stream->questions);
}

static void
ask(struct ledger_question *question)
{
    const struct lend_question asked = {question->stream->origin, &question->frame.ask, clock_unix_ms()};
    ledger_lend(question->stream->host->ledger, question->arena, &asked, on_lent, question);
}

static void
give_back(struct ledger_question *question)
{
    const struct ledger_return_list *returns = &question->frame.give_back.returns;
    const struct returns_question given = {question->stream->origin, returns->items, returns->count};
    ledger_give_back(question->stream->host->ledger, question->arena, &given, on_given_back, question);
}

/* A question that cannot be answered ends no stream: calls of other budgets wait on the same one. But one
 * that may have been: an answer of nothing would be taken for the truth, and no answer is asked for again. */
static void
on_lent(void *owner, const struct lend_answer *answer)
{
    struct ledger_question *question = owner;
    if (answer->is_doubtful) {
        ledger_stream_refuse(question->stream, &answer->why);
        end_question(question);
        return;
    }
    struct ledger_frame frame = {.type = LEDGER_LENT,
                                 .lent = {.number = question->frame.ask.number,
                                          .lease = answer->lease,
                                          .amount = answer->amount,
                                          .length_ms = answer->amount > 0 ? answer->length_ms : 0,
                                          .left = answer->left,
                                          .used = answer->settled,
                                          .replicas = answer->replicas}};
    if (answer->end != LEDGER_DONE)
        frame.lent.reason = text_of(answer->why.message);
    note_lent(question, answer);
    ledger_stream_send(question->stream, &frame);
    end_question(question);
}

static void
note_lent(const struct ledger_question *question, const struct lend_answer *answer)
{
    const struct ledger_stream *stream = question->stream;
    bool is_suspect = answer->why.kind == ERROR_DENIED || answer->why.kind == ERROR_CONFLICT;
    if (!answer->is_again)
        ledger_stream_count(stream, answer->amount > 0 ? LEDGER_LEASES : LEDGER_ASKS_IN_VAIN, 1);
    if (answer->end == LEDGER_REFUSED && is_suspect)
        log_warn("lease_denied", LOG_TEXT("workspace", stream->origin.workspace),
                 LOG_TEXT("environment", stream->origin.environment),
                 LOG_TEXT("gateway", stream->hello.gateway), LOG_TEXT("budget", question->frame.ask.budget),
                 LOG_STRING("reason", answer->why.message));
}

static void
on_given_back(void *owner, const struct ledger_outcome *outcome)
{
    struct ledger_question *question = owner;
    struct ledger_stream *stream = question->stream;
    if (outcome->end != LEDGER_DONE) {
        ledger_stream_refuse(stream, &outcome->why);
        end_question(question);
        return;
    }
    if (outcome->noted > 0)
        log_info("leases_not_known", LOG_TEXT("workspace", stream->origin.workspace),
                 LOG_TEXT("environment", stream->origin.environment),
                 LOG_TEXT("gateway", stream->hello.gateway), LOG_INT("leases", outcome->noted));
    const struct ledger_frame frame = {.type = LEDGER_RETURNED,
                                       .returned = {.number = question->frame.give_back.number}};
    ledger_stream_send(stream, &frame);
    end_question(question);
}

static void
end_question(struct ledger_question *question)
{
    if (question->next)
        question->next->place = question->place;
    *question->place = question->next;
    question->stream->question_count--;
    arena_free(question->arena);
}
