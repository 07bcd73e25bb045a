/* GET /allocation?window=7d&aggregate=namespace&step=1d: OpenCost's shape, so that what reads it reads us.
 *
 * Only what is known: sums are by the hour, so start and end are the window's and averages are over it, and
 * there is no member for disks, networks and idle nodes. Numbers are written from integers, 9 decimals. */
#include "api/server/ledger/ledger_allocation.h"
#include "api/server/rest/allocation_window.h"
#include "api/server/rest/rest_call.h"
#include "api/types/allocation_query.h"
#include "api/types/runtime_sample.h"
#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/clock.h"
#include "lib/base/decimal.h"
#include "lib/base/parse.h"
#include "lib/document/document_build.h"

#define UNALLOCATED TEXT("__unallocated__") /* OpenCost's word for what has no name */
#define BILLION INT64_C(1000000000)

struct allocation_call {
    struct rest_call *rest;
    struct allocation_question question;
};

static bool read_question(struct rest_call *call, struct allocation_question *question);
static void on_answer(void *owner, const struct allocation_answer *answer);
static struct document *
allocation_of(const struct allocation_call *asked, const struct allocation_row *row, struct text name);
static void put_cpu(struct document *allocation, const struct runtime_had *had, int64_t hours);
static void put_memory(struct document *allocation, const struct runtime_had *had, int64_t hours);
static void put_devices(struct document *allocation, const struct runtime_had *had, int64_t hours);
static int64_t efficiency(const struct runtime_had *had);
static struct text
name_of(struct arena *arena, const struct allocation_question *question, const struct allocation_row *row);

void
rest_answer_allocation(struct rest_call *call)
{
    struct allocation_call *asked = arena_alloc(call->arena, sizeof(*asked));
    *asked = (struct allocation_call){.rest = call};
    if (read_question(call, &asked->question))
        ledger_allocation(rest_ledger(call), call->arena, &asked->question, on_answer, asked);
}

static bool
read_question(struct rest_call *call, struct allocation_question *question)
{
    const struct allocation_query *query = call->query;
    struct allocation_window window;
    if (!allocation_window_parse(query->window, query->step, clock_unix_ms(), &window)) {
        rest_refuse(
            call, 400,
            TEXT("window: 24h, 7d, 2w, today, yesterday, or two times with a comma between, the later "
                 "one last; of at most 1000 steps"));
        return false;
    }
    *question = (struct allocation_question){.scope = &call->asking.who.scope,
                                             .from_ms = window.from_ms,
                                             .until_ms = window.until_ms,
                                             .step_ms = window.step_ms,
                                             .workspace = query->workspace,
                                             .most_rows = ALLOCATION_MAX_ROWS};
    if (query->accumulate)
        question->step_ms = window.until_ms - window.from_ms;
    if (query->aggregate.count == 0)
        question->by[question->by_count++] = ALLOCATION_BY_NAMESPACE;
    for (size_t i = 0; i < query->aggregate.count; i++) {
        int found;
        if (schema_enum_parse(allocation_dimension_names, query->aggregate.items[i], &found))
            question->by[question->by_count++] = (enum allocation_dimension)found;
    }
    return true;
}

static void
on_answer(void *owner, const struct allocation_answer *answer)
{
    const struct allocation_call *asked = owner;
    struct rest_call *call = asked->rest;
    const struct allocation_question *question = &asked->question;
    if (answer->end != LEDGER_DONE) {
        rest_fail(call, &answer->why);
        return;
    }
    if (answer->is_cut) {
        rest_refuse(call, 400,
                    TEXT("there are more than 10,000 allocations: ask for a shorter window, longer "
                         "steps or less told apart"));
        return;
    }
    struct document *body = document_new_map(call->arena);
    document_set_int(body, "code", 200);
    struct document *sets = document_list_in(body, TEXT("data"));
    size_t row = 0;
    for (int64_t step = 0; step * question->step_ms < question->until_ms - question->from_ms; step++) {
        struct document *set = document_new_map(call->arena);
        for (; row < answer->row_count && answer->rows[row].step == step; row++) {
            struct text name = name_of(call->arena, question, &answer->rows[row]);
            document_set(set, name, allocation_of(asked, &answer->rows[row], name));
        }
        document_append(sets, set);
    }
    rest_reply_document(call, body);
}

/* OpenCost joins names with a slash. */
static struct text
name_of(struct arena *arena, const struct allocation_question *question, const struct allocation_row *row)
{
    struct buffer name;
    buffer_init(&name, arena, 64);
    for (size_t i = 0; i < question->by_count; i++) {
        struct text part = row->by[question->by[i]];
        buffer_add_string(&name, i > 0 ? "/" : "");
        buffer_add_text(&name, text_is_empty(part) ? UNALLOCATED : part);
    }
    return buffer_text(&name);
}

static void
put_nano(struct document *map, const char *key, int64_t nano)
{
    struct arena *arena = document_arena(map);
    document_set(map, text_of(key), document_new_number(arena, decimal_print_nano(arena, nano)));
}

/* amount times unit over per, in billionths. */
static int64_t
scaled(int64_t amount, int64_t unit, int64_t per)
{
    __int128 nano = (__int128)amount * unit * BILLION / per;
    return nano > INT64_MAX ? INT64_MAX : (int64_t)nano;
}

static struct document *
allocation_of(const struct allocation_call *asked, const struct allocation_row *row, struct text name)
{
    struct arena *arena = asked->rest->arena;
    const struct allocation_question *question = &asked->question;
    int64_t from_ms = question->from_ms + row->step * question->step_ms;
    int64_t until_ms = from_ms + question->step_ms;
    until_ms = until_ms < question->until_ms ? until_ms : question->until_ms;
    int64_t hours = (until_ms - from_ms) / USAGE_HOUR_MS;
    struct document *allocation = document_new_map(arena);
    document_set_text(allocation, "name", name);
    struct document *properties = document_map_in(allocation, TEXT("properties"));
    for (size_t i = 0; i < question->by_count; i++)
        document_set_text(properties, allocation_dimension_names[question->by[i]], row->by[question->by[i]]);
    struct document *window = document_map_in(allocation, TEXT("window"));
    document_set_text(window, "start", print_time(arena, from_ms, false));
    document_set_text(window, "end", print_time(arena, until_ms, false));
    document_set_text(allocation, "start", print_time(arena, from_ms, false));
    document_set_text(allocation, "end", print_time(arena, until_ms, false));
    document_set_int(allocation, "minutes", hours * 60);
    put_cpu(allocation, &row->had[RUNTIME_CLASS_CPU], hours);
    put_devices(allocation, &row->had[RUNTIME_CLASS_DEVICES], hours);
    put_memory(allocation, &row->had[RUNTIME_CLASS_MEMORY], hours);
    put_nano(allocation, "totalCost", row->cost_nano);
    const struct runtime_had *cpu = &row->had[RUNTIME_CLASS_CPU], *memory = &row->had[RUNTIME_CLASS_MEMORY];
    __int128 weighed =
        (__int128)efficiency(cpu) * cpu->cost_nano + (__int128)efficiency(memory) * memory->cost_nano;
    int64_t paid = cpu->cost_nano + memory->cost_nano;
    put_nano(allocation, "totalEfficiency", paid > 0 ? (int64_t)(weighed / paid) : 0);
    return allocation;
}

static void
put_cpu(struct document *allocation, const struct runtime_had *had, int64_t hours)
{
    put_nano(allocation, "cpuCores", scaled(had->billed, 1, RUNTIME_CORE_HOUR * hours));
    put_nano(allocation, "cpuCoreRequestAverage", scaled(had->requested, 1, RUNTIME_CORE_HOUR * hours));
    put_nano(allocation, "cpuCoreUsageAverage", scaled(had->used, 1, RUNTIME_CORE_HOUR * hours));
    put_nano(allocation, "cpuCoreHours", scaled(had->billed, 1, RUNTIME_CORE_HOUR));
    put_nano(allocation, "cpuCost", had->cost_nano);
    put_nano(allocation, "cpuEfficiency", efficiency(had));
}

/* OpenCost counts memory in bytes, here held in KiB for a second. */
static void
put_memory(struct document *allocation, const struct runtime_had *had, int64_t hours)
{
    document_set_int(allocation, "ramBytes", scaled(had->billed, 1024, 3600 * hours) / BILLION);
    document_set_int(allocation, "ramByteRequestAverage",
                     scaled(had->requested, 1024, 3600 * hours) / BILLION);
    document_set_int(allocation, "ramByteUsageAverage", scaled(had->used, 1024, 3600 * hours) / BILLION);
    document_set_int(allocation, "ramByteHours", scaled(had->billed, 1024, 3600) / BILLION);
    put_nano(allocation, "ramCost", had->cost_nano);
    put_nano(allocation, "ramEfficiency", efficiency(had));
}

static void
put_devices(struct document *allocation, const struct runtime_had *had, int64_t hours)
{
    put_nano(allocation, "gpuCount", scaled(had->billed, 1, RUNTIME_DEVICE_HOUR * hours));
    put_nano(allocation, "gpuHours", scaled(had->billed, 1, RUNTIME_DEVICE_HOUR));
    put_nano(allocation, "gpuCost", had->cost_nano);
}

/* What was used of what was asked for; as OpenCost has it 1 for who uses something and asked for nothing. */
static int64_t
efficiency(const struct runtime_had *had)
{
    if (had->requested == 0)
        return had->used > 0 ? BILLION : 0;
    return scaled(had->used, 1, had->requested);
}
