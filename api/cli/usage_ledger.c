/* GET /v1/usage and /v1/movers, page after page. */
#include "api/cli/usage_ledger.h"

#include "api/cli/instance.h"
#include "api/cli/usage_by.h"
#include "api/cli/usage_counts.h"
#include "api/types/usage_record.h"
#include "api/types/usage_report.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/parse.h"

#define HOUR_MS INT64_C(3600000)
#define COPY_MEMBER(OWNER, TYPE, MEMBER, KEY, ...) record.MEMBER = row->MEMBER;
#define LIST_MEMBER(OWNER, TYPE, MEMBER, KEY, ...) OWNER->MEMBER,

enum { MOST_HOURS = 9999 }; /* of a span, as the ledger reads them */

/* What a row is about beside its dimensions; tool and tag must live as long as the record. */
struct purpose {
    struct text run, *tool;
    struct text_pair *tag;
};

static bool has_word(struct text words, struct text word);
static struct text by_of(struct arena *arena, struct text by, struct text words);
static struct text path_of(struct arena *arena, const struct usage_ledger_question *question);
static struct text
path_before(struct arena *arena, const struct usage_ledger_question *question, int64_t now_unix_ms);
static struct text
add_who(struct arena *arena, struct text path, const struct usage_ledger_question *question);
static struct text add_parameter(struct arena *arena, struct text path, const char *name, struct text value);
static bool read_report(struct arena *arena, const struct schema *schema, const struct document *answer,
                        void *out_report, struct error *err);
static bool set_who(struct usage_record *record, const struct text *by, struct error *err);
static void set_purpose(struct usage_record *record, const struct purpose *purpose);
static struct text tag_of(struct text by);
static bool
take_row(const struct usage_ledger_question *question, const struct usage_sum *row, struct error *err);

bool
usage_ledger_ask(const struct invocation *invocation, const struct usage_ledger_question *question,
                 struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text path = path_of(arena, question), asked = path;
    struct usage_report report;
    do {
        struct document *answer;
        if (!instance_ask_ledger(invocation, asked, &answer, err) ||
            !read_report(arena, &usage_report_schema, answer, &report, err))
            return false;
        for (size_t i = 0; i < report.rows.count; i++)
            if (!take_row(question, &report.rows.items[i], err))
                return false;
        asked = add_parameter(arena, path, "cursor", report.next);
    } while (!text_is_empty(report.next));
    return true;
}

bool
usage_ledger_ask_before(const struct invocation *invocation, const struct usage_ledger_question *question,
                        int64_t now_unix_ms, struct error *err)
{
    struct arena *arena = invocation->arena;
    struct text path = path_before(arena, question, now_unix_ms), asked = path;
    while (!text_is_empty(asked)) {
        struct document *answer;
        struct movers_report report;
        if (!instance_ask_ledger(invocation, asked, &answer, err) ||
            !read_report(arena, &movers_report_schema, answer, &report, err))
            return false;
        for (size_t i = 0; i < report.rows.count; i++) {
            const struct usage_move *row = &report.rows.items[i];
            const struct text by[] = {USAGE_DIMENSION_FIELDS(LIST_MEMBER, row)};
            struct text_pair tag = {tag_of(question->by), row->tag};
            struct text tool = row->tool;
            struct usage_record record;
            if (!set_who(&record, by, err))
                return false;
            set_purpose(&record, &(const struct purpose){row->run, &tool, &tag});
            question->on_before(question->owner, &record, row->cost_before);
        }
        asked = text_is_empty(report.next) ? report.next : add_parameter(arena, path, "cursor", report.next);
    }
    return true;
}

static struct text
path_of(struct arena *arena, const struct usage_ledger_question *question)
{
    struct text path = text_format(arena, "/v1/usage?limit=%d", USAGE_REPORT_MAX_ROWS);
    struct text by = has_word(question->by, TEXT("outcome")) ? TEXT("") : TEXT("outcome");
    path = add_parameter(arena, path, "by", by_of(arena, by, question->by));
    path = add_who(arena, path, question);
    if (question->from_unix_ms > 0)
        path = add_parameter(arena, path, "from", print_time(arena, question->from_unix_ms, true));
    return path;
}

/* The hour that goes on is in the span, as it is in what it is compared with. */
static struct text
path_before(struct arena *arena, const struct usage_ledger_question *question, int64_t now_unix_ms)
{
    int64_t first = question->from_unix_ms / HOUR_MS, last = now_unix_ms / HOUR_MS + 1;
    if (last - first > MOST_HOURS)
        return (struct text){0};
    struct text path =
        text_format(arena, "/v1/movers?limit=%d&span=%dh", USAGE_REPORT_MAX_ROWS, (int)(last - first));
    path = add_parameter(arena, path, "until", print_time(arena, last * HOUR_MS, false));
    path = add_parameter(arena, path, "by", by_of(arena, TEXT(""), question->by));
    return add_who(arena, path, question);
}

static struct text
by_of(struct arena *arena, struct text by, struct text words)
{
    while (words.bytes) {
        struct text word = text_trim(text_cut(&words, ','));
        by = text_format(arena, "%.*s%s%.*s", TEXT_ARG(by), text_is_empty(by) ? "" : ",", TEXT_ARG(word));
    }
    return by;
}

static struct text
add_who(struct arena *arena, struct text path, const struct usage_ledger_question *question)
{
    path = add_parameter(arena, path, "workspace", question->workspace);
    return add_parameter(arena, path, "environment", question->environment);
}

static struct text
add_parameter(struct arena *arena, struct text path, const char *name, struct text value)
{
    if (text_is_empty(value))
        return path;
    return text_format(arena, "%.*s&%s=%.*s", TEXT_ARG(path), name, TEXT_ARG(instance_escape(arena, value)));
}

static bool
has_word(struct text words, struct text word)
{
    while (words.bytes)
        if (text_equals(text_trim(text_cut(&words, ',')), word))
            return true;
    return false;
}

/* A newer ledger may say more than this program knows. */
static bool
read_report(struct arena *arena, const struct schema *schema, const struct document *answer, void *out_report,
            struct error *err)
{
    struct problem_list problems;
    problems_init(&problems, arena);
    return schema_decode(arena, schema, answer, (struct text){0}, out_report, &problems) ||
           error_set(err, ERROR_INVALID, "the ledger's answer: %.*s",
                     TEXT_ARG(problem_line(arena, &problems.items[0])));
}

static bool
take_row(const struct usage_ledger_question *question, const struct usage_sum *row, struct error *err)
{
    const struct text by[] = {USAGE_DIMENSION_FIELDS(LIST_MEMBER, row)};
    struct text_pair tag = {tag_of(question->by), row->tag};
    struct text tool = row->tool;
    struct usage_record record;
    if (!set_who(&record, by, err))
        return false;
    set_purpose(&record, &(const struct purpose){row->run, &tool, &tag});
    if (row->unpriced_calls < row->calls || row->cost > 0)
        record.cost = row->cost;
    USAGE_VECTOR_FIELDS(COPY_MEMBER, _)
    const struct usage_counts counts = {row->calls, row->tries, row->unpriced_calls};
    question->on_row(question->owner, &record, &counts);
    return true;
}

/* by: as USAGE_DIMENSION_FIELDS has them. */
static bool
set_who(struct usage_record *record, const struct text *by, struct error *err)
{
    schema_set_defaults(&usage_record_schema, record);
    struct text *const members[] = {&record->workspace, &record->environment, &record->team,
                                    &record->caller,    &record->deployment,  &record->model,
                                    &record->provider,  &record->target_model};
    for (size_t i = 0; i < COUNT_OF(members); i++)
        *members[i] = by[i];
    struct text word = by[COUNT_OF(members)];
    int outcome = 0;
    if (!text_is_empty(word) && !schema_enum_parse(call_outcome_names, word, &outcome))
        return error_set(err, ERROR_INVALID,
                         "the ledger has calls that ended as %.*s: weir is older than they", TEXT_ARG(word));
    record->outcome = (enum call_outcome)outcome;
    return true;
}

static void
set_purpose(struct usage_record *record, const struct purpose *purpose)
{
    record->run = purpose->run;
    if (!text_is_empty(*purpose->tool))
        record->tools = (struct text_list){purpose->tool, 1};
    if (!text_is_empty(purpose->tag->value))
        record->tags = (struct text_pair_list){purpose->tag, 1};
}

/* Of which tag the sums are; empty: of none. */
static struct text
tag_of(struct text by)
{
    struct text tag = {0};
    while (by.bytes && text_is_empty(tag))
        tag = usage_by_tag(text_trim(text_cut(&by, ',')));
    return tag;
}
