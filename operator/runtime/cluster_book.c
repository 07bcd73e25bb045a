/* What is published is made from the records of all workspaces, and only when one of them is another than
 * before. */
#include "operator/runtime/cluster_book.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "operator/control/book_publisher.h"
#include "operator/kube/kube_lease.h"
#include "operator/runtime/alert_event.h"
#include "operator/runtime/book_shares.h"
#include "operator/runtime/cluster_declarations.h"
#include "operator/runtime/identities.h"
#include "operator/runtime/ledger_identity.h"
#include "operator/runtime/pass_parts.h"

struct cluster_book {
    struct cluster_operator *op;
    struct arena *arena; /* of one time of leading; NULL: not leading, or there is no ledger */
    struct book_publisher *publisher;
    struct cluster_declarations *declarations;
    bool is_wider; /* it has budgets that only configs of before have */
};

static void note_budgets(struct cluster_book *book, const struct pass *pass);
static void publish(struct cluster_book *book, bool keeps);
static struct text_list workspaces_of(struct arena *arena, const struct cluster_operator *op);
static bool is_complete(const struct cluster_operator *op);
static bool holds_any(const struct cluster_plan *plan);
static bool may_publish(void *owner);
static void on_unreached(void *owner, struct text reason);
static void on_refused(void *owner, struct text reason);
static void on_booked(void *owner);
static void on_declared(void *owner, struct text workspace, struct text refusal);
static void on_wanted(void *owner, struct text workspace);
static void on_alert(void *owner, const struct raised_alert *alert);
static void release(void *owner);

struct cluster_book *
cluster_book_new(struct arena *arena, struct cluster_operator *op)
{
    struct cluster_book *book = arena_alloc(arena, sizeof(*book));
    *book = (struct cluster_book){.op = op};
    arena_defer(arena, release, book);
    return book;
}

void
cluster_book_begin(struct cluster_book *book)
{
    struct cluster_operator *op = book->op;
    struct text key;
    void *found;
    if (text_is_empty(op->facts.ledger_url) || book->arena)
        return;
    for (size_t at = 0; map_next(op->records, &at, &key, &found);)
        ((struct workspace_record *)found)->has_budgets = false; /* another may have led meanwhile */
    book->arena = arena_new(0);
    book->is_wider = false;
    const struct book_publisher_options options = {
        .loop = op->loop,
        .address = text_c_string(book->arena, op->facts.ledger_url),
        .may_publish = may_publish,
        .on_unreached = on_unreached,
        .on_refused = on_refused,
        .on_booked = on_booked,
        .on_declared = on_declared,
        .on_wanted = on_wanted,
        .on_alert = on_alert,
        .owner = book,
    };
    book->publisher = book_publisher_start(book->arena, &options);
    book->declarations = cluster_declarations_start(book->arena, op, book->publisher);
    cluster_book_use_identity(book);
    publish(book, true); /* when there is no workspace no pass does */
    const struct ledger_identity_options identity = {.loop = op->loop,
                                                     .client = op->client,
                                                     .authority = identities_authority(op->identities),
                                                     .namespace = op->facts.operator_namespace,
                                                     .service = text_of(op->options->ledger_service)};
    ledger_identity_start(book->arena, &identity);
}

void
cluster_book_end(struct cluster_book *book)
{
    arena_free(book->arena);
    book->arena = NULL;
    book->publisher = NULL;
    book->declarations = NULL;
}

void
cluster_book_use_identity(struct cluster_book *book)
{
    if (!book->arena)
        return;
    struct error err = {0};
    struct websocket_client_identity identity = identities_operator(book->op->identities);
    if (!book_publisher_use_identity(book->publisher, &identity, &err))
        log_error("certificate_not_used", LOG_STRING("reason", err.message));
}

void
cluster_book_note(struct cluster_book *book, const struct pass *pass)
{
    if (!book->arena)
        return;
    note_budgets(book, pass);
    cluster_declarations_note(book->declarations, pass);
}

/* Of a Workspace that cannot be read its gateways keep what they run, so its share stays as it was. */
static void
note_budgets(struct cluster_book *book, const struct pass *pass)
{
    struct workspace_record *record = pass->record;
    const struct cluster_plan *plan = pass->plan;
    bool is_in_book = plan->workspace != NULL;
    struct plan_shares budgets = record->budgets;
    if (!plan->is_broken) {
        const struct plan_shares planned = plan_shares_of(pass->arena, plan->plan);
        budgets = plan_shares_copy(pass->arena, &planned);
    }
    record->holds_budgets = holds_any(plan);
    if (record->has_budgets && record->is_in_book == is_in_book &&
        plan_shares_equal(&budgets, &record->budgets))
        return;
    if (!plan->is_broken)
        workspace_record_set_budgets(record, &budgets);
    record->has_budgets = true;
    record->is_in_book = is_in_book;
    publish(book, true);
}

void
cluster_book_settle(struct cluster_book *book)
{
    if (book->arena && book->is_wider && book_shares_are_settled(book->op->records))
        publish(book, false);
}

static void
publish(struct cluster_book *book, bool keeps)
{
    if (!is_complete(book->op))
        return;
    scoped_arena struct arena *scratch = arena_new(0);
    struct error err = {0};
    const struct plan_shares all = book_shares_join(scratch, book->op->records);
    const struct budget_book *before = keeps ? book_publisher_book(book->publisher) : NULL;
    struct budget_book *next = plan_book(scratch, &all, before);
    const struct text_list workspaces = workspaces_of(scratch, book->op);
    plan_book_set_workspaces(scratch, next, &workspaces, true);
    book->is_wider = plan_book_is_wider(next, &all);
    if (!book_publisher_publish(book->publisher, next, &err))
        log_error("book_too_large", LOG_INT("budgets", (int64_t)next->budgets.count),
                  LOG_STRING("reason", err.message));
}

/* Names are known also of those that cannot be read. */
static struct text_list
workspaces_of(struct arena *arena, const struct cluster_operator *op)
{
    const struct kube_table *workspaces = watches_at(op->watches, WATCHED_WORKSPACES)->table;
    struct text_list names = {
        .items = arena_alloc_array(arena, kube_table_count(workspaces), sizeof(*names.items))};
    const struct kube_object *object;
    for (size_t at = 0; (object = kube_table_next(workspaces, (struct text){0}, &at));)
        names.items[names.count++] = object->name;
    return names;
}

/* Else the budgets of a workspace that had no pass yet would be taken out of the book. */
static bool
is_complete(const struct cluster_operator *op)
{
    const struct kube_table *workspaces = watches_at(op->watches, WATCHED_WORKSPACES)->table;
    const struct kube_object *object;
    if (!kube_table_is_synced(workspaces))
        return false;
    for (size_t at = 0; (object = kube_table_next(workspaces, (struct text){0}, &at));)
        if (!book_shares_has(cluster_find_record(op, object->name)))
            return false;
    return true;
}

static bool
holds_any(const struct cluster_plan *plan)
{
    bool holds = plan->is_broken || hold_is_set(&plan->plan->hold);
    for (size_t i = 0; i < plan->plan->environment_count && !holds; i++)
        holds = hold_is_set(&plan->plan->environments[i].hold);
    return holds;
}

/* By the clock of right now: who was asleep may have been followed by another. */
static bool
may_publish(void *owner)
{
    const struct cluster_operator *op = ((struct cluster_book *)owner)->op;
    return op->state == CLUSTER_LEADING && op->lease && kube_lease_is_held(op->lease);
}

static void
on_unreached(void *owner, struct text reason)
{
    const struct cluster_book *book = owner;
    log_warn("ledger_not_reached", LOG_TEXT("ledger", book->op->facts.ledger_url),
             LOG_TEXT("reason", reason));
}

static void
on_refused(void *owner, struct text reason)
{
    (void)owner;
    log_error("book_refused", LOG_TEXT("reason", reason));
}

static void
on_booked(void *owner)
{
    const struct budget_book *booked = book_publisher_book(((struct cluster_book *)owner)->publisher);
    log_info("book_in_force", LOG_TEXT("revision", booked->revision),
             LOG_INT("budgets", (int64_t)booked->budgets.count));
}

static void
on_declared(void *owner, struct text workspace, struct text refusal)
{
    cluster_declarations_hear(((struct cluster_book *)owner)->declarations, workspace, refusal);
}

static void
on_wanted(void *owner, struct text workspace)
{
    cluster_declarations_want(((struct cluster_book *)owner)->declarations, workspace);
}

static void
on_alert(void *owner, const struct raised_alert *alert)
{
    alert_event_tell(((struct cluster_book *)owner)->op, alert);
}

static void
release(void *owner)
{
    cluster_book_end(owner);
}
