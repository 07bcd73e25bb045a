/* Reviews go out a few at a time, in the order of names; the first that is not answered ends it. */
#include "api/server/identity/kube_rights.h"

#include "api/server/identity/kube_review.h"
#include "api/server/identity/kube_reviewer.h"
#include "api/server/identity/review_cache.h"
#include "api/server/ledger/ledger_workspaces.h"
#include "api/server/rest/rest_identity.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/log.h"
#include "lib/net/loop.h"

enum { MOST_AT_ONCE = 8 };

struct kube_rights {
    struct kube_rights_options options;
    struct review_cache *answers; /* "yes" or "no", by user and workspace */
};

/* One question's. */
struct finding {
    struct kube_rights *rights;
    struct rest_asking *asking;
    struct text user; /* kube_user.json */
    struct text_list names, found;
    size_t at; /* the next name */
    int at_once;
    bool is_over;
};

/* One review; workspace empty: whether all may be listed. */
struct right {
    struct finding *finding;
    struct text workspace;
};

static bool find_kept(struct finding *finding, struct text workspace, bool *out_may);
static void keep(const struct finding *finding, struct text workspace, bool may);
static void ask(struct finding *finding, struct text workspace);
static void on_answer(void *owner, struct text answer, const struct error *why);
static void take(struct finding *finding, struct text workspace, bool may);
static void take_list(struct finding *finding, bool may);
static void on_workspaces(void *owner, const struct workspaces_answer *answer);
static void look_at_names(struct finding *finding, struct text_list names);
static void go_on(struct finding *finding);
static void end(struct finding *finding, enum rest_verdict verdict);

struct kube_rights *
kube_rights_new(struct arena *arena, const struct kube_rights_options *options)
{
    struct kube_rights *rights = arena_alloc(arena, sizeof(*rights));
    *rights = (struct kube_rights){*options, review_cache_new(arena)};
    return rights;
}

void
kube_rights_find(struct kube_rights *rights, struct rest_asking *asking)
{
    struct finding *finding = arena_alloc(asking->arena, sizeof(*finding));
    bool may;
    *finding =
        (struct finding){.rights = rights, .asking = asking, .user = *(const struct text *)asking->who.known};
    if (asking->is_change)
        look_at_names(finding, (struct text_list){&asking->workspace, 1});
    else if (find_kept(finding, TEXT(""), &may))
        take_list(finding, may);
    else
        ask(finding, TEXT(""));
}

static struct review_key
key_of(const struct finding *finding, struct text workspace)
{
    const struct text parts[] = {finding->user, workspace};
    return review_key_of(parts, COUNT_OF(parts));
}

static bool
find_kept(struct finding *finding, struct text workspace, bool *out_may)
{
    struct kube_rights *rights = finding->rights;
    struct review_key key = key_of(finding, workspace);
    struct text kept;
    if (!review_cache_find(finding->asking->arena, rights->answers, &key, loop_now_ms(rights->options.loop),
                           &kept))
        return false;
    *out_may = text_equals(kept, TEXT("yes"));
    return true;
}

static void
keep(const struct finding *finding, struct text workspace, bool may)
{
    struct kube_rights *rights = finding->rights;
    struct review_key key = key_of(finding, workspace);
    review_cache_keep(rights->answers, &key, loop_now_ms(rights->options.loop) + rights->options.keep_ms,
                      may ? TEXT("yes") : TEXT("no"));
}

static void
ask(struct finding *finding, struct text workspace)
{
    struct arena *arena = finding->asking->arena;
    struct right *right = arena_alloc(arena, sizeof(*right));
    struct text verb = finding->asking->is_change ? TEXT("update") : TEXT("get");
    struct error why;
    *right = (struct right){finding, workspace};
    const struct kube_question question = {
        KUBE_REVIEW_MAY, kube_review_ask_may(arena, finding->user, verb, workspace), on_answer, right};
    if (kube_reviewer_ask(arena, finding->rights->options.reviewer, &question, &why))
        finding->at_once++;
    else
        end(finding, REST_UNSURE);
}

static void
on_answer(void *owner, struct text answer, const struct error *why)
{
    struct right *right = owner;
    struct finding *finding = right->finding;
    struct error wrong;
    bool may;
    finding->at_once--;
    if (finding->is_over)
        return;
    if (why) {
        end(finding, REST_UNSURE);
    } else if (!kube_review_read_may(finding->asking->arena, answer, &may, &wrong)) {
        log_error("identity_not_reviewed", LOG_STRING("reason", wrong.message));
        end(finding, REST_UNSURE);
    } else {
        if (!finding->asking->is_change)
            keep(finding, right->workspace, may);
        if (text_is_empty(right->workspace)) {
            take_list(finding, may);
            return;
        }
        take(finding, right->workspace, may);
        go_on(finding);
    }
}

static void
take(struct finding *finding, struct text workspace, bool may)
{
    if (may)
        finding->found.items[finding->found.count++] = workspace;
}

static void
take_list(struct finding *finding, bool may)
{
    struct rest_asking *asking = finding->asking;
    if (may) {
        asking->who.scope.is_all = true;
        end(finding, REST_KNOWN);
    } else if (!text_is_empty(asking->workspace)) {
        look_at_names(finding, (struct text_list){&asking->workspace, 1});
    } else {
        ledger_workspaces(finding->rights->options.ledger, asking->arena, LEDGER_SCOPE_MAX_WORKSPACES,
                          on_workspaces, finding);
    }
}

static void
on_workspaces(void *owner, const struct workspaces_answer *answer)
{
    struct finding *finding = owner;
    if (answer->end != LEDGER_DONE) {
        log_error("identity_not_reviewed", LOG_STRING("reason", answer->why.message));
        end(finding, REST_UNSURE);
    } else if (answer->names.count > LEDGER_SCOPE_MAX_WORKSPACES) {
        end(finding, REST_TOO_WIDE);
    } else {
        look_at_names(finding, answer->names);
    }
}

static void
look_at_names(struct finding *finding, struct text_list names)
{
    finding->names = names;
    finding->found.items = arena_alloc_array(finding->asking->arena, names.count, sizeof(struct text));
    go_on(finding);
}

static void
go_on(struct finding *finding)
{
    while (!finding->is_over && finding->at < finding->names.count && finding->at_once < MOST_AT_ONCE) {
        struct text name = finding->names.items[finding->at++];
        bool may;
        if (!finding->asking->is_change && find_kept(finding, name, &may))
            take(finding, name, may);
        else
            ask(finding, name);
    }
    if (finding->is_over || finding->at < finding->names.count || finding->at_once > 0)
        return;
    finding->asking->who.scope.workspaces = finding->found;
    end(finding, REST_KNOWN);
}

/* What is still with the API server is answered to nobody; it ends with the question. */
static void
end(struct finding *finding, enum rest_verdict verdict)
{
    if (finding->is_over)
        return;
    finding->is_over = true;
    finding->asking->on_verdict(finding->asking, verdict);
}
