/* Two files read side by side: each checkpoint is compared when as many rows were read as it states. */
#include "api/audit/audit_export.h"

#include "api/audit/audit_checkpoint_reader.h"
#include "api/audit/audit_remnant.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/line_reader.h"

enum { SCRATCH_BYTES = 65536 };

struct comparison {
    const struct audit_export *export;
    struct audit_report *report;
    struct arena *reading;
    struct arena *scratch; /* for one row */
    struct line_reader *rows;
    struct audit_checkpoint_reader *checkpoints; /* NULL: none, or no more */
    struct audit_noted next;                     /* the one that is waited for */
    struct text origin;                          /* of the first one */
    struct merkle_head last;                     /* as the checkpoint before next states it */
    struct audit_chain chain;
    struct merkle_tree tree;
    int64_t retained_seq; /* retention took what is up to there, as a row says */
};

static bool compare(struct comparison *comparison, struct error *err);
static bool take_row(struct comparison *comparison, const struct line *line, struct error *err);
static bool take_remnant(struct comparison *comparison, const struct audit_remnant *remnant,
                         struct audit_verdict *verdict, struct error *err);
static void note_retention(struct comparison *comparison, struct text line);
static bool refuse_emptied(struct comparison *comparison, struct error *err);
static bool read_checkpoint(struct comparison *comparison, struct error *err);
static bool check_checkpoint(struct comparison *comparison, struct error *err);
static bool match_checkpoints(struct comparison *comparison, uint64_t line, struct error *err);
static bool refuse_missing(struct comparison *comparison, struct error *err);

bool
audit_export_verify(const struct audit_export *export, struct audit_report *out_report, struct error *err)
{
    scoped_arena struct arena *reading = arena_new(0), *scratch = arena_new(SCRATCH_BYTES);
    struct comparison comparison = {
        .export = export, .report = out_report, .reading = reading, .scratch = scratch};
    *out_report = (struct audit_report){0};
    bool is_sound = compare(&comparison, err);
    out_report->rows = comparison.tree.size;
    out_report->root = merkle_tree_root(&comparison.tree);
    return is_sound;
}

static bool
compare(struct comparison *comparison, struct error *err)
{
    const struct audit_export *export = comparison->export;
    struct line line;
    if (!line_reader_open(comparison->reading, export->rows_path, AUDIT_ROW_MAX_BYTES, &comparison->rows,
                          err))
        return false;
    if (export->checkpoints_path &&
        !audit_checkpoint_reader_open(comparison->reading, export->checkpoints_path, &comparison->checkpoints,
                                      err))
        return false;
    if (!read_checkpoint(comparison, err) || !match_checkpoints(comparison, 0, err))
        return false;
    err->kind = ERROR_NONE;
    while (line_reader_next(comparison->rows, &line, err)) {
        if (!take_row(comparison, &line, err) || !match_checkpoints(comparison, line.number, err))
            return false;
        err->kind = ERROR_NONE;
        arena_reset(comparison->scratch);
    }
    if (err->kind != ERROR_NONE)
        return false;
    if (comparison->checkpoints)
        return refuse_missing(comparison, err);
    return (int64_t)comparison->report->emptied_rows <= comparison->retained_seq ||
           refuse_emptied(comparison, err);
}

static bool
take_row(struct comparison *comparison, const struct line *line, struct error *err)
{
    struct audit_report *report = comparison->report;
    struct audit_verdict verdict = {.flaw = AUDIT_ROW_UNREADABLE};
    struct audit_remnant remnant;
    bool is_sound = false;
    if (!line->is_too_long && audit_remnant_parse(line->text, &remnant))
        is_sound = take_remnant(comparison, &remnant, &verdict, err);
    else if (!line->is_too_long)
        is_sound = audit_chain_verify(comparison->scratch, &comparison->chain, line->text, &verdict, err);
    if (!is_sound) {
        report->finding =
            (struct audit_finding){.flaw = verdict.flaw, .line = line->number, .seq = verdict.seq};
        return !line->is_too_long ? false
                                  : error_set(err, ERROR_INVALID, "it is longer than a row can be, %d bytes",
                                              AUDIT_ROW_MAX_BYTES);
    }
    merkle_tree_add(&comparison->tree, &comparison->chain.hash);
    note_retention(comparison, line->text);
    if (verdict.back_ms > 0 && report->rows_back++ == 0) {
        report->first_back_seq = verdict.seq;
        report->first_back_ms = verdict.back_ms;
    }
    return true;
}

/* Its hash is believed for now: the next checkpoint is of all rows up to itself. */
static bool
take_remnant(struct comparison *comparison, const struct audit_remnant *remnant,
             struct audit_verdict *verdict, struct error *err)
{
    struct audit_report *report = comparison->report;
    *verdict = (struct audit_verdict){.flaw = AUDIT_ROW_OUT_OF_ORDER, .seq = remnant->seq};
    if (remnant->seq != comparison->chain.seq + 1)
        return error_set(err, ERROR_INVALID, "row %lld is expected here",
                         (long long)comparison->chain.seq + 1);
    verdict->flaw = AUDIT_ROW_CHANGED;
    if (report->emptied_rows < (uint64_t)comparison->chain.seq)
        return error_set(err, ERROR_INVALID,
                         "what it said is gone, but rows before it are whole: retention begins at row 1");
    report->emptied_rows++;
    *verdict = (struct audit_verdict){.seq = remnant->seq};
    comparison->chain = (struct audit_chain){.seq = remnant->seq, .hash = remnant->hash};
    return true;
}

/* The row was verified as part of the chain. */
static void
note_retention(struct comparison *comparison, struct text line)
{
    struct audit_row row;
    struct error why;
    if (text_find(line, text_of(audit_action_names[AUDIT_RETENTION_APPLIED])) < 0 ||
        !audit_row_parse(comparison->scratch, line, &row, &why))
        return;
    int64_t seq = audit_retention_last_seq(&row);
    if (seq > comparison->retained_seq && seq < row.seq)
        comparison->retained_seq = seq;
}

static bool
refuse_emptied(struct comparison *comparison, struct error *err)
{
    struct audit_report *report = comparison->report;
    report->finding = (struct audit_finding){.flaw = AUDIT_ROWS_EMPTIED,
                                             .line = (uint64_t)comparison->retained_seq + 1,
                                             .seq = comparison->retained_seq + 1,
                                             .last_seq = (int64_t)report->emptied_rows};
    return error_set(err, ERROR_INVALID, "what they said is gone, and no row says that retention took it");
}

/* The next one into comparison->next; at the end of the file there are no more. */
static bool
read_checkpoint(struct comparison *comparison, struct error *err)
{
    struct audit_noted *next = &comparison->next;
    if (!comparison->checkpoints)
        return true;
    comparison->last = next->checkpoint.head;
    arena_reset(comparison->scratch); /* the row before it is done with */
    if (audit_checkpoint_reader_next(comparison->checkpoints, next, err)) {
        comparison->report->checkpoints_read++;
        return check_checkpoint(comparison, err);
    }
    comparison->checkpoints = NULL;
    if (err->kind == ERROR_NONE)
        return true;
    if (err->kind == ERROR_INVALID)
        comparison->report->finding = (struct audit_finding){
            .flaw = AUDIT_CHECKPOINT_UNREADABLE, .line = next->line, .checkpoint = next->number};
    return false;
}

static bool
check_checkpoint(struct comparison *comparison, struct error *err)
{
    struct audit_report *report = comparison->report;
    const struct audit_keys *keys = comparison->export->keys;
    const struct audit_checkpoint *checkpoint = &comparison->next.checkpoint;
    struct audit_finding finding = {.flaw = AUDIT_CHECKPOINT_UNSIGNED,
                                    .line = comparison->next.line,
                                    .checkpoint = comparison->next.number};
    size_t key = 0;
    report->finding = finding;
    if (keys && !audit_checkpoint_verify(comparison->scratch, checkpoint, keys, &key, err))
        return false;
    report->signed_checkpoints += keys != NULL;
    report->has_signed[key] |= keys != NULL;

    report->finding.flaw = AUDIT_CHECKPOINT_OUT_OF_ORDER;
    if (finding.checkpoint == 1)
        comparison->origin = text_copy(comparison->reading, checkpoint->origin);
    if (!text_equals(checkpoint->origin, comparison->origin))
        return error_set(err, ERROR_INVALID, "it is of another log than the first one, \"%.*s\"",
                         TEXT_ARG(comparison->origin));
    if (checkpoint->head.size < comparison->last.size)
        return error_set(err, ERROR_INVALID, "it states %llu rows, the one before it %llu",
                         (unsigned long long)checkpoint->head.size,
                         (unsigned long long)comparison->last.size);
    report->finding = (struct audit_finding){0};
    return true;
}

/* Every checkpoint of exactly the rows read so far. */
static bool
match_checkpoints(struct comparison *comparison, uint64_t line, struct error *err)
{
    struct audit_report *report = comparison->report;
    uint64_t rows = comparison->tree.size;
    while (comparison->checkpoints && comparison->next.checkpoint.head.size == rows) {
        struct merkle_hash root = merkle_tree_root(&comparison->tree);
        if (!merkle_hash_equals(&root, &comparison->next.checkpoint.head.root)) {
            report->finding = (struct audit_finding){.flaw = AUDIT_ROWS_REWRITTEN,
                                                     .line = line,
                                                     .seq = (int64_t)report->covered_rows + (rows > 0),
                                                     .last_seq = (int64_t)rows,
                                                     .checkpoint = comparison->next.number};
            return error_set(err, ERROR_INVALID, "checkpoint %llu was made of other rows than these",
                             (unsigned long long)comparison->next.number);
        }
        report->covered_rows = rows;
        report->checkpoints++;
        if (!read_checkpoint(comparison, err))
            return false;
    }
    return true;
}

/* The rows are at their end and checkpoints are not: how many rows there should be, the newest one says. */
static bool
refuse_missing(struct comparison *comparison, struct error *err)
{
    uint64_t rows = comparison->tree.size, stated = 0, number = 0;
    while (comparison->checkpoints) {
        stated = comparison->next.checkpoint.head.size;
        number = comparison->next.number;
        if (!read_checkpoint(comparison, err))
            return false;
    }
    comparison->report->finding = (struct audit_finding){.flaw = AUDIT_ROWS_MISSING,
                                                         .seq = (int64_t)rows + 1,
                                                         .last_seq = (int64_t)stated,
                                                         .checkpoint = number};
    return error_set(err, ERROR_INVALID,
                     "the export ends after row %llu, but checkpoint %llu states %llu rows",
                     (unsigned long long)rows, (unsigned long long)number, (unsigned long long)stated);
}
