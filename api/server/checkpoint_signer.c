/* Follows the log's hashes from its beginning, in pages. Before anything new is signed, the rows up to the
 * newest checkpoint must be those that it was made of. */
#include "api/server/checkpoint_signer.h"

#include "api/audit/audit_checkpoints.h"
#include "api/audit/merkle_growth.h"
#include "api/server/ledger/ledger_audit.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/metrics.h"
#include "lib/net/loop.h"
#include "lib/net/signature_file.h"

#define ORIGIN TEXT("weir/audit")

enum { PAGE_ROWS = 2000, AGAIN_MS = 10000 };

static const struct metric_description signed_description = {
    .name = "weir_audit_signed_rows",
    .help = "Rows of the audit log that the newest checkpoint states.",
    .kind = METRIC_GAUGE};
static const struct metric_description broken_description = {
    .name = "weir_audit_log_broken",
    .help = "1: the audit log is not the one that was signed, so nothing more of it is.",
    .kind = METRIC_GAUGE};

struct checkpoint_signer {
    struct arena *arena;
    struct checkpoint_signer_options options;
    struct signature_key *key;
    struct audit_keys keys; /* its public half, and former ones */
    struct audit_checkpoints *checkpoints;
    struct loop_timer *timer;
    struct metric *signed_rows, *broken;
    struct merkle_tree signed_tree, tree; /* as the newest checkpoint states it; as far as rows were read */
    struct merkle_hash leaves[PAGE_ROWS]; /* between the two */
    struct arena *work;
    bool is_busy, is_awaited, is_broken;
    int64_t signed_ms; /* monotonic: when it was signed last */
    void (*on_done)(void *owner);
    void *done_owner;
};

static bool open_key(struct checkpoint_signer *signer, struct error *err);
static bool save_public(struct checkpoint_signer *signer, struct error *err);
static bool open_checkpoints(struct checkpoint_signer *signer, struct error *err);
static void read_page(void *owner);
static void on_page(void *owner, const struct audit_answer *answer);
static bool follow(struct checkpoint_signer *signer, const struct audit_answer *answer, struct error *err);
static bool add_leaf(struct checkpoint_signer *signer, const struct merkle_hash *leaf, struct error *err);
static bool sign(struct checkpoint_signer *signer, struct error *err);
static void rest(struct checkpoint_signer *signer, int64_t wait_ms);
static void tell_broken(struct checkpoint_signer *signer, const struct error *why);
static void on_release(void *owner);

static const char *
file_in(const struct checkpoint_signer *signer, const char *name)
{
    return text_c_string(signer->arena, text_format(signer->arena, "%s/%s", signer->options.folder, name));
}

bool
checkpoint_signer_start(struct arena *arena, const struct checkpoint_signer_options *options,
                        struct checkpoint_signer **out_signer, struct error *err)
{
    struct checkpoint_signer *signer = arena_alloc(arena, sizeof(*signer));
    *signer = (struct checkpoint_signer){.arena = arena, .options = *options, .work = arena_new(0)};
    arena_defer(arena, on_release, signer);
    if (!file_make_folders(options->folder, 0700, err) || !open_key(signer, err) ||
        !open_checkpoints(signer, err))
        return error_context(err, "audit checkpoints");
    signer->signed_rows = metric_with(metrics_add(options->metrics, &signed_description), NULL);
    signer->broken = metric_with(metrics_add(options->metrics, &broken_description), NULL);
    signer->timer = loop_timer_new(options->loop, arena, read_page, signer);
    loop_timer_start(signer->timer, 0);
    *out_signer = signer;
    return true;
}

int64_t
checkpoint_signer_signed(const struct checkpoint_signer *signer)
{
    bool is_followed = signer->tree.size >= audit_checkpoints_head(signer->checkpoints).size;
    return is_followed && !signer->is_broken ? (int64_t)signer->signed_tree.size : 0;
}

void
checkpoint_signer_wake(struct checkpoint_signer *signer)
{
    if (signer->is_busy)
        signer->is_awaited = true;
    else if (!signer->is_broken && !loop_timer_is_running(signer->timer))
        rest(signer, CHECKPOINT_EVERY_MS);
}

void
checkpoint_signer_finish(struct checkpoint_signer *signer, void (*on_done)(void *owner), void *owner)
{
    signer->on_done = on_done;
    signer->done_owner = owner;
    if (!signer->is_busy)
        loop_timer_start(signer->timer, 0);
}

static bool
open_key(struct checkpoint_signer *signer, struct error *err)
{
    const char *path = signer->options.key ? signer->options.key : file_in(signer, "key.pem");
    if (!signer->options.key && access(path, F_OK) != 0 &&
        (!signature_key_new(signer->arena, &signer->key, err) ||
         !signature_file_save(path, signer->key, err)))
        return false;
    if (!signature_file_load(signer->arena, path, &signer->key, err))
        return false;
    struct audit_keys *keys = &signer->keys;
    keys->items[0] = signature_key_public(signer->key);
    if (signer->options.former_keys &&
        !signature_file_load_public(signer->options.former_keys, &keys->items[1], AUDIT_MAX_KEYS - 1,
                                    &keys->count, err))
        return false;
    keys->count++;
    return save_public(signer, err);
}

/* Public halves lie beside the checkpoints, so that they can be verified as they are. Which are believed here
 * is never read from there: who can write checkpoints could add his own. */
static bool
save_public(struct checkpoint_signer *signer, struct error *err)
{
    struct buffer all;
    buffer_init(&all, signer->arena, 1024);
    for (size_t i = 0; i < signer->keys.count; i++)
        buffer_add_text(&all, signature_public_print(signer->arena, &signer->keys.items[i]));
    return file_write_atomic(file_in(signer, "public.pem"), buffer_text(&all), 0644, err);
}

static bool
open_checkpoints(struct checkpoint_signer *signer, struct error *err)
{
    const struct audit_checkpoints_options options = {
        .path = file_in(signer, "checkpoints"), .origin = ORIGIN, .keys = signer->keys};
    if (audit_checkpoints_open(signer->arena, &options, &signer->checkpoints, err))
        return true;
    return err->kind == ERROR_DENIED
               ? error_context(err, "if they were signed with another key, give its public half by "
                                    "--audit-former-keys")
               : false;
}

static void
read_page(void *owner)
{
    static const struct ledger_scope all = {.is_all = true};
    struct checkpoint_signer *signer = owner;
    const struct audit_question question = {.scope = &all,
                                            .after_seq = (int64_t)signer->tree.size,
                                            .until_ms = INT64_MAX,
                                            .most_rows = PAGE_ROWS};
    signer->is_busy = true;
    signer->is_awaited = false;
    arena_reset(signer->work);
    ledger_audit_rows(signer->options.ledger, signer->work, &question, on_page, signer);
}

static void
on_page(void *owner, const struct audit_answer *answer)
{
    struct checkpoint_signer *signer = owner;
    struct error why = answer->why;
    signer->is_busy = false;
    if (answer->end != LEDGER_DONE) {
        log_error("checkpoint_waits", LOG_STRING("reason", why.message));
        rest(signer, AGAIN_MS);
    } else if (signer->is_broken || !follow(signer, answer, &why)) {
        tell_broken(signer, &why);
    } else if (answer->is_cut) {
        loop_timer_start(signer->timer, 0);
        return;
    } else if (signer->is_awaited) {
        rest(signer, CHECKPOINT_EVERY_MS);
    }
    if (signer->on_done) {
        void (*on_done)(void *) = signer->on_done;
        signer->on_done = NULL;
        on_done(signer->done_owner);
    }
}

static bool
follow(struct checkpoint_signer *signer, const struct audit_answer *answer, struct error *err)
{
    struct merkle_head head = audit_checkpoints_head(signer->checkpoints);
    for (size_t i = 0; i < answer->count; i++) {
        const struct kept_row *row = &answer->rows[i];
        if (row->seq != (int64_t)signer->tree.size + 1)
            return error_set(err, ERROR_CONFLICT, "row %lld is missing", (long long)signer->tree.size + 1);
        if (!add_leaf(signer, &row->hash, err))
            return false;
    }
    if (!answer->is_cut && signer->tree.size < head.size)
        return error_set(err, ERROR_CONFLICT, "it has %llu rows, the newest checkpoint states %llu",
                         (unsigned long long)signer->tree.size, (unsigned long long)head.size);
    return signer->tree.size == signer->signed_tree.size || signer->tree.size < head.size ||
           sign(signer, err);
}

static bool
add_leaf(struct checkpoint_signer *signer, const struct merkle_hash *leaf, struct error *err)
{
    struct merkle_head head = audit_checkpoints_head(signer->checkpoints);
    uint64_t since = signer->tree.size - signer->signed_tree.size;
    if (signer->tree.size >= head.size)
        signer->leaves[since] = *leaf;
    merkle_tree_add(&signer->tree, leaf);
    if (signer->tree.size > head.size)
        return true;
    signer->signed_tree = signer->tree;
    struct merkle_hash root = merkle_tree_root(&signer->tree);
    return signer->tree.size < head.size || merkle_hash_equals(&root, &head.root) ||
           error_set(err, ERROR_CONFLICT, "its first %llu rows are not those that were signed",
                     (unsigned long long)head.size);
}

static bool
sign(struct checkpoint_signer *signer, struct error *err)
{
    const struct audit_signer by = {ORIGIN, signer->key};
    const struct merkle_head head = {signer->tree.size, merkle_tree_root(&signer->tree)};
    size_t count = (size_t)(signer->tree.size - signer->signed_tree.size);
    struct merkle_proof proof;
    struct text note;
    if (!merkle_prove_growth(&signer->signed_tree, signer->leaves, count, &proof, err) ||
        !audit_checkpoint_sign(signer->work, &by, &head, &note, err) ||
        !audit_checkpoints_append(signer->checkpoints, note, &proof, err))
        return false;
    signer->signed_tree = signer->tree;
    metric_set(signer->signed_rows, (int64_t)head.size);
    return true;
}

static void
rest(struct checkpoint_signer *signer, int64_t wait_ms)
{
    loop_timer_start(signer->timer, wait_ms);
}

/* Nothing more is signed until a person has looked and starts it again. */
static void
tell_broken(struct checkpoint_signer *signer, const struct error *why)
{
    if (!signer->is_broken)
        log_error("audit_log_broken", LOG_STRING("reason", why->message),
                  LOG_STRING("checkpoints", signer->options.folder));
    signer->is_broken = true;
    metric_set(signer->broken, 1);
}

static void
on_release(void *owner)
{
    struct checkpoint_signer *signer = owner;
    arena_free(signer->work);
}
