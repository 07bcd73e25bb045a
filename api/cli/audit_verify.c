/* weir audit verify: an export of the audit log held against its own chain and against signed checkpoints.
 * Offline: needs the files alone. */
#include <stdio.h>

#include "api/audit/audit_export.h"
#include "api/cli/command.h"
#include "api/cli/table.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"
#include "lib/net/signature_file.h"

/* One run: what was asked for and what came of it. */
struct verification {
    struct arena *arena;
    struct audit_export export;
    struct audit_keys keys;
    struct audit_report report;
    struct text message; /* what is wrong; empty when nothing is */
};

static struct text flaw_place(const struct verification *verification);
static struct text signing_keys(const struct verification *verification);
static void add_checkpoints(struct buffer *out, const struct verification *verification);
static void add_notes(struct buffer *out, const struct verification *verification);

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static bool
read_options(struct invocation *invocation, struct verification *verification, struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text key = invocation_value(invocation, "key");
    verification->export.rows_path = text_c_string(arena, invocation->arguments.items[0]);
    if (invocation_has(invocation, "checkpoints"))
        verification->export.checkpoints_path =
            text_c_string(arena, invocation_value(invocation, "checkpoints"));
    if (text_is_empty(key))
        return true;
    if (!verification->export.checkpoints_path)
        return error_set(err, ERROR_INVALID, "--key is for checkpoints: give --checkpoints too");
    verification->export.keys = &verification->keys;
    return signature_file_load_public(text_c_string(arena, key), verification->keys.items, AUDIT_MAX_KEYS,
                                      &verification->keys.count, err);
}

static void
print_flaw(const struct verification *verification)
{
    struct arena *arena = verification->arena;
    const struct audit_report *report = &verification->report;
    struct buffer out;
    buffer_init(&out, arena, 4096);
    buffer_print(&out, "%.*s: %.*s.\n", TEXT_ARG(flaw_place(verification)), TEXT_ARG(verification->message));
    buffer_print(&out, "%.*s\n", TEXT_ARG(audit_flaw_advice(report->finding.flaw)));
    buffer_print(&out, "%.*s row%s before that: unbroken, and %.*s of them as a checkpoint states.\n",
                 TEXT_ARG(print_grouped(arena, (int64_t)report->rows)), plural(report->rows),
                 TEXT_ARG(print_grouped(arena, (int64_t)report->covered_rows)));
    output_text(&out);
}

/* "export.jsonl:12: row 12", or what else of the files it is. */
static struct text
flaw_place(const struct verification *verification)
{
    struct arena *arena = verification->arena;
    const struct audit_export *export = &verification->export;
    const struct audit_finding *finding = &verification->report.finding;
    unsigned long long line = finding->line, checkpoint = finding->checkpoint;
    long long seq = finding->seq, last_seq = finding->last_seq;
    if (finding->flaw >= AUDIT_CHECKPOINT_UNREADABLE)
        return text_format(arena, "%s:%llu: checkpoint %llu", export->checkpoints_path, line, checkpoint);
    if (finding->flaw == AUDIT_ROWS_MISSING || finding->flaw == AUDIT_ROWS_REWRITTEN ||
        finding->flaw == AUDIT_ROWS_EMPTIED)
        return text_format(arena, "%s: rows %lld to %lld%s", export->rows_path, seq, last_seq,
                           finding->flaw == AUDIT_ROWS_MISSING ? " are missing" : "");
    if (seq == 0)
        return text_format(arena, "%s:%llu", export->rows_path, line);
    return text_format(arena, "%s:%llu: row %lld", export->rows_path, line, seq);
}

static void
print_sound(const struct verification *verification)
{
    struct buffer out;
    buffer_init(&out, verification->arena, 4096);
    buffer_print(&out, "%.*s row%s, chain unbroken, ",
                 TEXT_ARG(print_grouped(verification->arena, (int64_t)verification->report.rows)),
                 plural(verification->report.rows));
    add_checkpoints(&out, verification);
    add_notes(&out, verification);
    output_text(&out);
}

static void
add_checkpoints(struct buffer *out, const struct verification *verification)
{
    struct arena *arena = verification->arena;
    const struct audit_report *report = &verification->report;
    struct text read = print_grouped(arena, (int64_t)report->checkpoints_read);
    struct text matched = print_grouped(arena, (int64_t)report->checkpoints);
    if (report->checkpoints_read == 0)
        buffer_print(
            out,
            "not held against any checkpoint%s.\nA log that was written anew from some row on, or cut "
            "off at its end, would look the same: give --checkpoints and --key.\n",
            verification->export.checkpoints_path ? " (there is none in the file)" : "");
    else if (!verification->export.keys)
        buffer_print(
            out,
            "%.*s of %.*s checkpoints match, their signatures not looked at.\nWho can write the file of "
            "checkpoints can make such ones: give --key.\n",
            TEXT_ARG(matched), TEXT_ARG(read));
    else
        buffer_print(out, "%.*s of %.*s checkpoints signed by key %.*s.\n",
                     TEXT_ARG(print_grouped(arena, (int64_t)report->signed_checkpoints)), TEXT_ARG(read),
                     TEXT_ARG(signing_keys(verification)));
}

static struct text
signing_keys(const struct verification *verification)
{
    struct text names[AUDIT_MAX_KEYS];
    struct text_list list = {.items = names};
    for (size_t i = 0; i < verification->keys.count; i++)
        if (verification->report.has_signed[i])
            names[list.count++] =
                signature_public_fingerprint(verification->arena, &verification->keys.items[i]);
    return text_join(verification->arena, &list, TEXT(", "));
}

static void
add_notes(struct buffer *out, const struct verification *verification)
{
    struct arena *arena = verification->arena;
    const struct audit_report *report = &verification->report;
    int64_t uncovered = (int64_t)(report->rows - report->covered_rows);
    if (report->checkpoints_read > 0 && uncovered > 0)
        buffer_print(out, "%.*s row%s after the newest checkpoint: chained, not signed yet.\n",
                     TEXT_ARG(print_grouped(arena, uncovered)), plural((uint64_t)uncovered));
    if (report->emptied_rows > 0)
        buffer_print(
            out, "What the first %.*s row%s said is gone, by retention%s.\n",
            TEXT_ARG(print_grouped(arena, (int64_t)report->emptied_rows)), plural(report->emptied_rows),
            report->covered_rows < report->emptied_rows ? "; that these are their hashes no checkpoint states"
                                                        : "; a checkpoint states their hashes");
    if (report->rows_back > 0)
        buffer_print(out,
                     "More than %d s older than the row before: %.*s row%s, the first is row %lld (%.*s): "
                     "clocks that differ, or one that was set back.\n",
                     AUDIT_MAX_SKEW_MS / 1000, TEXT_ARG(print_grouped(arena, (int64_t)report->rows_back)),
                     plural(report->rows_back), (long long)report->first_back_seq,
                     TEXT_ARG(print_duration(arena, report->first_back_ms)));
}

static void
add_finding(struct document *map, const struct verification *verification)
{
    const struct audit_finding *finding = &verification->report.finding;
    bool is_of_checkpoints = finding->flaw >= AUDIT_CHECKPOINT_UNREADABLE;
    const char *path =
        is_of_checkpoints ? verification->export.checkpoints_path : verification->export.rows_path;
    document_set_text(map, "flaw", text_of(audit_flaw_names[finding->flaw]));
    document_set_text(map, "file", text_of(path));
    document_set_int(map, "line", (int64_t)finding->line);
    document_set_int(map, "seq", finding->seq);
    document_set_int(map, "lastSeq", finding->last_seq);
    document_set_int(map, "checkpoint", (int64_t)finding->checkpoint);
    document_set_text(map, "message", verification->message);
    document_set_text(map, "advice", audit_flaw_advice(finding->flaw));
}

static struct document *
report_document(const struct verification *verification)
{
    const struct audit_report *report = &verification->report;
    struct arena *arena = verification->arena;
    struct document *map = document_new_map(arena);
    bool is_sound = report->finding.flaw == AUDIT_SOUND;
    document_set_bool(map, "sound", is_sound);
    document_set_int(map, "rows", (int64_t)report->rows);
    document_set_text(map, "root", digest_hex(arena, report->root.bytes, sizeof(report->root.bytes)));
    document_set_int(map, "checkpoints", (int64_t)report->checkpoints_read);
    document_set_int(map, "matchingCheckpoints", (int64_t)report->checkpoints);
    document_set_int(map, "signedCheckpoints", (int64_t)report->signed_checkpoints);
    document_set_int(map, "coveredRows", (int64_t)report->covered_rows);
    document_set_int(map, "emptiedRows", (int64_t)report->emptied_rows);
    document_set_int(map, "rowsBackInTime", (int64_t)report->rows_back);
    struct document *keys = document_list_in(map, TEXT("keys"));
    for (size_t i = 0; i < verification->keys.count; i++)
        if (report->has_signed[i])
            document_append(keys, document_new_text(arena, signature_public_fingerprint(
                                                               arena, &verification->keys.items[i])));
    if (!is_sound)
        add_finding(document_map_in(map, TEXT("finding")), verification);
    return map;
}

static enum exit_code
run(struct invocation *invocation)
{
    struct verification verification = {.arena = invocation->arena};
    struct error err = {0};
    if (!read_options(invocation, &verification, &err))
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_USAGE, &err,
                            "See: weir audit verify --help");
    bool is_sound = audit_export_verify(&verification.export, &verification.report, &err);
    if (!is_sound && verification.report.finding.flaw == AUDIT_SOUND)
        return command_fail(err.kind == ERROR_NOT_FOUND ? EXIT_NOT_FOUND : EXIT_FAILED, &err,
                            "See: weir audit verify --help");
    if (!is_sound)
        verification.message = text_of(err.message);

    struct text format = invocation_value(invocation, "output");
    if (!text_equals(format, TEXT("table")))
        output_document(invocation->arena, format, report_document(&verification));
    else if (is_sound)
        print_sound(&verification);
    else
        print_flaw(&verification);
    return is_sound ? EXIT_OK : EXIT_INVALID;
}

static const struct command_option options[] = {
    {"checkpoints", 'c', "FILE", NULL, "signed checkpoints of the same log, kept elsewhere than the store",
     NULL},
    {"key", 'k', "PUBLIC.pem", NULL, "public keys that checkpoints must be signed with, also former ones",
     NULL},
    {"output", 'o', "FORMAT", "table", "how to print", output_formats},
};

const struct command command_audit_verify = {
    .name = "audit verify",
    .summary = "Verify an export of the audit log: its chain, and what was signed of it",
    .usage = "weir audit verify EXPORT.jsonl [--checkpoints FILE] [--key PUBLIC.pem]",
    .details =
        "Works offline, on files of any size. Finds rows that were changed, removed, put in or moved; with\n"
        "checkpoints also a log that was written anew from some row on, and one whose end was cut off. Names "
        "the\n"
        "first row that is wrong. The export begins with row 1.\n"
        "Exit: 0 everything is sound, 1 a file cannot be read, 2 usage, 3 something is wrong, 4 a file is "
        "not "
        "there.",
    .example = "  weir audit verify export.jsonl --checkpoints checkpoints.txt --key audit-public.pem",
    .options = options,
    .option_count = COUNT_OF(options),
    .min_arguments = 1,
    .max_arguments = 1,
    .run = run,
};
