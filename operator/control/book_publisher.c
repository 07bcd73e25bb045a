/* One book or one declaration is out at a time, the book first. What the ledger does not take is sent again
 * only after a while, or when it is another. */
#include "operator/control/book_publisher.h"

#include "api/types/ledger_frames.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/net/loop.h"
#include "operator/control/alert_listening.h"
#include "operator/control/declarations.h"

enum { AGAIN_MS = 5000, UNANSWERED_MS = 250, MESSAGE_BYTES = 4096 };

/* What waits for its answer. */
enum out_kind {
    OUT_NONE,
    OUT_BOOK,
    OUT_DECLARATION,
    OUT_QUESTION, /* whether the ledger still has a declaration */
};

struct book_publisher {
    struct book_publisher_options options;
    struct websocket_client *client;
    struct websocket_stream *stream; /* NULL: none is open */
    struct loop_timer *again;        /* runs while a book that was refused or not answered waits */
    struct arena *arena;             /* of what was published last; NULL: nothing was */
    struct text message;             /* its frame */
    struct ledger_frame frame;       /* the same, as the ledger reads it */
    struct declarations *declarations;
    struct alert_listening *listening; /* NULL: nobody wants to hear of alerts */
    struct loop_timer *declare_again;  /* runs while a declaration that was not taken waits */
    enum out_kind out_kind;
    struct arena *out_arena; /* of the next two */
    struct text out;         /* its revision */
    struct text out_workspace;
    bool is_booked;
    struct error refusal; /* as it was told */
    struct error trouble; /* of the last dial, as it was told */
};

static void on_open(void *owner, struct websocket_stream *stream);
static void on_message(void *owner, struct websocket_stream *stream, struct text message);
static void on_close(void *owner, struct websocket_stream *stream);
static void on_unreached(void *owner, struct text reason);
static bool is_declaration_out(const struct book_publisher *publisher);
static bool may_publish(const struct book_publisher *publisher);
static bool take_answer(struct book_publisher *publisher, struct text message, struct error *err);
static bool
take_booked(struct book_publisher *publisher, const struct ledger_frame *frame, struct error *err);
static bool
take_declared(struct book_publisher *publisher, const struct ledger_declared *declared, struct error *err);
static void send_next(void *owner);
static void take_up_declarations(void *owner);
static void send_declaration(struct book_publisher *publisher);
static void
send(struct book_publisher *publisher, enum out_kind kind, struct text revision, struct text message);
static void give_up(struct book_publisher *publisher, int64_t wait_ms);
static void forget_out(struct book_publisher *publisher);
static void tell_refused(struct book_publisher *publisher, const struct error *why);
static void release(void *owner);

struct book_publisher *
book_publisher_start(struct arena *arena, const struct book_publisher_options *options)
{
    struct book_publisher *publisher = arena_alloc(arena, sizeof(*publisher));
    *publisher = (struct book_publisher){.options = *options};
    arena_defer(arena, release, publisher);
    publisher->again = loop_timer_new(options->loop, arena, send_next, publisher);
    publisher->declarations = declarations_new(arena);
    if (options->on_alert)
        publisher->listening = alert_listening_new(arena, options->on_alert, options->owner);
    publisher->declare_again = loop_timer_new(options->loop, arena, take_up_declarations, publisher);
    const struct websocket_options stream = {.loop = options->loop,
                                             .unix_path = options->unix_path,
                                             .address = options->address,
                                             .max_message_bytes = LEDGER_MAX_FRAME_BYTES,
                                             .events = {.on_open = on_open,
                                                        .on_message = on_message,
                                                        .on_close = on_close,
                                                        .on_refused = on_unreached,
                                                        .owner = publisher}};
    publisher->client = websocket_client_start(arena, &stream);
    return publisher;
}

void
book_publisher_close(struct book_publisher *publisher)
{
    loop_timer_stop(publisher->again);
    loop_timer_stop(publisher->declare_again);
    websocket_client_close(publisher->client);
}

bool
book_publisher_use_identity(struct book_publisher *publisher,
                            const struct websocket_client_identity *identity, struct error *err)
{
    return websocket_client_use_identity(publisher->client, identity, err);
}

/* Read back as the ledger will read it, so that nothing is sent which it cannot take. */
bool
book_publisher_publish(struct book_publisher *publisher, const struct budget_book *book, struct error *err)
{
    if (publisher->arena && text_equals(publisher->frame.book.revision, book->revision))
        return true;
    struct arena *arena = arena_new(0);
    const struct ledger_frame frame = {.type = LEDGER_BOOK, .book = *book};
    struct ledger_frame read = {0};
    struct buffer message;
    buffer_init(&message, arena, MESSAGE_BYTES);
    ledger_frame_print(arena, &frame, &message);
    if (!ledger_frame_parse(arena, buffer_text(&message), &read, err)) {
        arena_free(arena);
        return error_context(err, "the book of budgets");
    }
    arena_free(publisher->arena);
    publisher->arena = arena;
    publisher->message = buffer_text(&message);
    publisher->frame = read;
    publisher->is_booked = false;
    declarations_set_workspaces(publisher->declarations, &read.book.workspaces);
    loop_timer_stop(publisher->again);
    send_next(publisher);
    return true;
}

bool
book_publisher_declare(struct book_publisher *publisher, const struct ledger_declare *declare,
                       struct error *err)
{
    if (!declarations_set(publisher->declarations, declare, err))
        return false;
    send_next(publisher);
    return true;
}

const struct budget_book *
book_publisher_book(const struct book_publisher *publisher)
{
    return publisher->arena ? &publisher->frame.book : NULL;
}

bool
book_publisher_is_booked(const struct book_publisher *publisher)
{
    return publisher->is_booked;
}

static void
on_open(void *owner, struct websocket_stream *stream)
{
    struct book_publisher *publisher = owner;
    publisher->stream = stream;
    publisher->trouble = (struct error){0};
    declarations_begin(publisher->declarations);
    if (publisher->listening)
        alert_listening_begin(publisher->listening);
    send_next(publisher);
}

/* Another ledger, or the same with an older database, may answer the next dial. */
static void
on_close(void *owner, struct websocket_stream *stream)
{
    struct book_publisher *publisher = owner;
    (void)stream;
    publisher->stream = NULL;
    publisher->is_booked = false;
    if (publisher->out_kind != OUT_NONE)
        give_up(publisher, UNANSWERED_MS); /* it may have ended because of what is out */
}

static void
on_unreached(void *owner, struct text reason)
{
    struct book_publisher *publisher = owner;
    if (text_equals(text_of(publisher->trouble.message), reason))
        return;
    error_set(&publisher->trouble, ERROR_UNAVAILABLE, "%.*s", TEXT_ARG(reason));
    if (publisher->options.on_unreached)
        publisher->options.on_unreached(publisher->options.owner, text_of(publisher->trouble.message));
}

static void
on_message(void *owner, struct websocket_stream *stream, struct text message)
{
    struct book_publisher *publisher = owner;
    struct error why = {0};
    if (take_answer(publisher, message, &why))
        return;
    publisher->stream = NULL;
    tell_refused(publisher, &why);
    give_up(publisher, AGAIN_MS);
    websocket_stream_close(stream);
}

static bool
take_answer(struct book_publisher *publisher, struct text message, struct error *err)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct ledger_frame frame;
    if (!ledger_frame_parse(arena, message, &frame, err))
        return false;
    if (frame.type == LEDGER_REFUSE)
        return error_set(err, ERROR_DENIED, "%.*s", TEXT_ARG(frame.refuse.reason));
    if (frame.type == LEDGER_ALERTS && publisher->listening)
        return alert_listening_take(publisher->listening, publisher->stream, &frame.alerts.alerts, err);
    if (frame.type == LEDGER_DECLARED && is_declaration_out(publisher))
        return take_declared(publisher, &frame.declared, err);
    if (frame.type == LEDGER_BOOKED && !is_declaration_out(publisher))
        return take_booked(publisher, &frame, err);
    return error_set(err, ERROR_INVALID, "a %s is no answer to a %s", ledger_frame_type_names[frame.type],
                     is_declaration_out(publisher) ? "Declare" : "Book");
}

static bool
take_booked(struct book_publisher *publisher, const struct ledger_frame *frame, struct error *err)
{
    struct text revision = frame->booked.revision;
    if (publisher->out_kind != OUT_BOOK || !text_equals(publisher->out, revision))
        return error_set(err, ERROR_INVALID, "the ledger says it has the book %.*s, and %.*s was sent",
                         TEXT_ARG(revision),
                         TEXT_ARG(publisher->out.length > 0 ? publisher->out : TEXT("none")));
    forget_out(publisher);
    publisher->refusal = (struct error){0};
    if (!text_equals(publisher->frame.book.revision, revision)) {
        send_next(publisher);
        return true;
    }
    publisher->is_booked = true;
    if (publisher->listening && frame->beside.tells_alerts)
        alert_listening_say(publisher->listening, publisher->stream);
    if (publisher->options.on_booked)
        publisher->options.on_booked(publisher->options.owner);
    send_next(publisher);
    return true;
}

/* What was sent is what it has from now on. What it was only asked for may be another. */
static bool
take_declared(struct book_publisher *publisher, const struct ledger_declared *declared, struct error *err)
{
    const struct book_publisher_options *options = &publisher->options;
    bool is_wanted = false;
    if (!text_equals(publisher->out_workspace, declared->workspace) ||
        (publisher->out_kind == OUT_DECLARATION && !text_equals(publisher->out, declared->revision)))
        return error_set(err, ERROR_INVALID,
                         "the ledger says it has %.*s of workspace \"%.*s\", and %.*s of \"%.*s\" was sent",
                         TEXT_ARG(declared->revision), TEXT_ARG(declared->workspace),
                         TEXT_ARG(publisher->out), TEXT_ARG(publisher->out_workspace));
    forget_out(publisher);
    bool is_known =
        declarations_hear(publisher->declarations, declared->workspace, declared->revision, &is_wanted);
    if (is_known && options->on_declared)
        options->on_declared(options->owner, declared->workspace, (struct text){0});
    if (is_wanted && options->on_wanted)
        options->on_wanted(options->owner, declared->workspace);
    send_next(publisher);
    return true;
}

static void
take_up_declarations(void *owner)
{
    struct book_publisher *publisher = owner;
    declarations_take_up(publisher->declarations);
    send_next(publisher);
}

static void
send_next(void *owner)
{
    struct book_publisher *publisher = owner;
    if (!publisher->stream || !publisher->arena || publisher->out_kind != OUT_NONE || !may_publish(publisher))
        return;
    if (publisher->is_booked)
        send_declaration(publisher);
    else if (!loop_timer_is_running(publisher->again))
        send(publisher, OUT_BOOK, publisher->frame.book.revision, publisher->message);
}

static void
send_declaration(struct book_publisher *publisher)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct declaration_to_say next;
    struct buffer message;
    if (!declarations_next(publisher->declarations, &next))
        return;
    bool is_question = text_is_empty(next.message);
    if (is_question) {
        const struct ledger_frame question = {
            .type = LEDGER_DECLARE, .declare = {.workspace = next.workspace, .revision = next.revision}};
        buffer_init(&message, scratch, 256);
        ledger_frame_print(scratch, &question, &message);
        next.message = buffer_text(&message);
    }
    send(publisher, is_question ? OUT_QUESTION : OUT_DECLARATION, next.revision, next.message);
    publisher->out_workspace = text_copy(publisher->out_arena, next.workspace);
}

static void
send(struct book_publisher *publisher, enum out_kind kind, struct text revision, struct text message)
{
    publisher->out_kind = kind;
    publisher->out_arena = arena_new(256);
    publisher->out = text_copy(publisher->out_arena, revision);
    websocket_stream_send(publisher->stream, message);
}

static bool
is_declaration_out(const struct book_publisher *publisher)
{
    return publisher->out_kind == OUT_DECLARATION || publisher->out_kind == OUT_QUESTION;
}

static bool
may_publish(const struct book_publisher *publisher)
{
    return !publisher->options.may_publish || publisher->options.may_publish(publisher->options.owner);
}

/* What is out gets no answer. The same is not said again at once; another may be. */
static void
give_up(struct book_publisher *publisher, int64_t wait_ms)
{
    bool is_another =
        publisher->out_kind == OUT_BOOK && !text_equals(publisher->out, publisher->frame.book.revision);
    if (is_declaration_out(publisher)) {
        declarations_put_aside(publisher->declarations, publisher->out_workspace);
        loop_timer_start(publisher->declare_again, wait_ms);
    } else if (!is_another) {
        loop_timer_start(publisher->again, wait_ms);
    }
    forget_out(publisher);
}

static void
forget_out(struct book_publisher *publisher)
{
    arena_free(publisher->out_arena);
    publisher->out_arena = NULL;
    publisher->out = publisher->out_workspace = (struct text){0};
    publisher->out_kind = OUT_NONE;
}

static void
tell_refused(struct book_publisher *publisher, const struct error *why)
{
    const struct book_publisher_options *options = &publisher->options;
    if (is_declaration_out(publisher)) {
        if (options->on_declared)
            options->on_declared(options->owner, publisher->out_workspace, text_of(why->message));
        return;
    }
    bool is_told = strcmp(publisher->refusal.message, why->message) == 0;
    publisher->refusal = *why;
    if (!is_told && options->on_refused)
        options->on_refused(options->owner, text_of(publisher->refusal.message));
}

static void
release(void *owner)
{
    struct book_publisher *publisher = owner;
    forget_out(publisher);
    arena_free(publisher->arena);
}
