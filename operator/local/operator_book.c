/* The book of budgets, and what else is declared, between passes and the ledger. A new budget is in the book
 * before gateways hear of it, and one that is gone stays in it until none has a config with it: so an edit
 * refuses no call. */
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/operator_parts.h"
#include "operator/local/state_folder.h"
#include "operator/local/transcript.h"
#include "operator/reconcile/plan_book.h"
#include "operator/reconcile/plan_declaration.h"

#define ACTOR TEXT("file") /* who saved it is not known */

static void publish(struct local_operator *op, struct budget_book *book, const struct pass *pass);
static struct text_list workspaces_of(struct arena *arena, const struct reconcile_view *view);
static void declare_all(struct local_operator *op, const struct pass *pass);
static void declare_one(struct local_operator *op, const struct pass *pass, struct text workspace);
static void on_declared(void *owner, struct text workspace, struct text refusal);
static void on_wanted(void *owner, struct text workspace);
static void on_refused(void *owner, struct text reason);
static void on_booked(void *owner);
static void on_alert(void *owner, const struct raised_alert *alert);

bool
operator_start_book(struct local_operator *op, struct error *err)
{
    char *socket = NULL;
    if (!state_folder_socket(op->state, op->arena, "ledger.sock", &socket, err))
        return false;
    const struct book_publisher_options options = {.loop = op->loop,
                                                   .unix_path = socket,
                                                   .on_refused = on_refused,
                                                   .on_booked = on_booked,
                                                   .on_declared = on_declared,
                                                   .on_wanted = on_wanted,
                                                   .on_alert = on_alert,
                                                   .owner = op};
    op->books = book_publisher_start(op->arena, &options);
    return true;
}

void
operator_publish_book(struct local_operator *op, const struct pass *pass)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct plan_shares budgets = plan_shares_of(scratch, pass->plan);
    struct budget_book *book = plan_book(scratch, &budgets, book_publisher_book(op->books));
    op->is_book_wider = plan_book_is_wider(book, &budgets);
    publish(op, book, pass);
    declare_all(op, pass);
}

void
operator_narrow_book(struct local_operator *op)
{
    const struct plan *plan = op->pass.plan;
    if (!op->is_book_wider || !plan || hold_is_set(&plan->hold))
        return;
    for (size_t i = 0; i < plan->environment_count; i++) {
        const struct planned_environment *planned = &plan->environments[i];
        const struct live_environment *live = operator_find_live(op, planned->namespace);
        if (hold_is_set(&planned->hold) || !live || !live->is_acked)
            return;
    }
    scoped_arena struct arena *scratch = arena_new(0);
    const struct plan_shares budgets = plan_shares_of(scratch, plan);
    struct budget_book *book = plan_book(scratch, &budgets, NULL);
    op->is_book_wider = false;
    publish(op, book, &op->pass);
}

/* Until limits are lent each gateway counts for itself, and what it let through is not in what it is lent:
 * worth the wait for a ledger that starts, not for one that cannot. Without it no call under a budget is let
 * through. */
bool
operator_book_is_in_force(const struct local_operator *op)
{
    const struct budget_book *book = op->books ? book_publisher_book(op->books) : NULL;
    if (!book || book_publisher_is_booked(op->books))
        return true;
    const bool waits_for_limits = book->limits.count > 0 && !op->has_ledger_failed;
    return book->budgets.count == 0 && !waits_for_limits;
}

/* All workspaces there are, unless one could not be read. */
static void
publish(struct local_operator *op, struct budget_book *book, const struct pass *pass)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct error err = {0};
    const struct text_list workspaces = workspaces_of(scratch, &pass->view);
    plan_book_set_workspaces(scratch, book, &workspaces, !hold_is_set(&pass->plan->hold));
    if (book_publisher_publish(op->books, book, &err))
        return;
    transcript_note(op->transcript, "book_refused",
                    text_format(scratch,
                                "There are more budgets than the ledger takes: %s. It goes on with those of "
                                "before; calls under a new one are refused.",
                                err.message));
}

static struct text_list
workspaces_of(struct arena *arena, const struct reconcile_view *view)
{
    struct text_list names = {.items = arena_alloc_array(arena, view->objects.count, sizeof(*names.items))};
    for (size_t i = 0; i < view->objects.count; i++)
        if (view->objects.items[i].kind->id == KIND_WORKSPACE)
            names.items[names.count++] = view->objects.items[i].metadata->name;
    return names;
}

static void
declare_all(struct local_operator *op, const struct pass *pass)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct text_list workspaces = workspaces_of(scratch, &pass->view);
    declare_one(op, pass, (struct text){0});
    for (size_t i = 0; i < workspaces.count; i++)
        declare_one(op, pass, workspaces.items[i]);
}

static void
declare_one(struct local_operator *op, const struct pass *pass, struct text workspace)
{
    scoped_arena struct arena *scratch = arena_new(0);
    const struct plan_part part = {.workspace = workspace, .actor = ACTOR};
    struct error err = {0};
    if (!book_publisher_declare(op->books, plan_declare(scratch, &pass->view, pass->plan, &part), &err))
        on_declared(op, workspace, text_of(err.message));
}

/* Told once in a row. */
static void
on_declared(void *owner, struct text workspace, struct text refusal)
{
    struct local_operator *op = owner;
    if (text_is_empty(refusal) || text_equals(op->undeclared, refusal))
        return;
    struct arena *arena = arena_new(0);
    op->undeclared = text_copy(arena, refusal);
    arena_free(op->undeclared_arena);
    op->undeclared_arena = arena;
    transcript_note(op->transcript, "declaration_refused",
                    text_format(arena,
                                "The ledger does not take what %s%.*s declares: %.*s. Its changes are not in "
                                "the audit log, and callers, prices and limits are shown as they were. "
                                "Budgets are not touched by that.",
                                text_is_empty(workspace) ? "the organisation" : "workspace ",
                                TEXT_ARG(workspace), TEXT_ARG(refusal)));
}

static void
on_wanted(void *owner, struct text workspace)
{
    struct local_operator *op = owner;
    if (op->pass.plan)
        declare_one(op, &op->pass, workspace);
}

static void
on_refused(void *owner, struct text reason)
{
    struct local_operator *op = owner;
    scoped_arena struct arena *scratch = arena_new(0);
    transcript_note(op->transcript, "book_refused",
                    text_format(scratch,
                                "The ledger does not take the budgets: %.*s. Calls under a budget that it "
                                "does not know are refused.",
                                TEXT_ARG(reason)));
}

/* What waited for it to say that all is ready. */
static void
on_booked(void *owner)
{
    operator_settle_soon(owner);
}

static void
on_alert(void *owner, const struct raised_alert *alert)
{
    struct local_operator *op = owner;
    transcript_alert(op->transcript, alert);
}
