/* What one record adds to which family. */
#include <criterion/criterion.h>

#include "gateway/metrics/call_metrics.h"
#include "gateway/metrics/process_metrics.h"
#include "lib/base/arena.h"
#include "lib/base/metrics.h"

static struct arena *arena;
static struct metrics *metrics;
static struct call_metrics *calls;

static void
given_metrics(void)
{
    arena = arena_new(0);
    metrics = metrics_new(arena);
    calls = call_metrics_new(arena, metrics, TEXT("0.1.0"));
}

static void
end_metrics(void)
{
    arena_free(arena);
}

TestSuite(call_metrics, .init = given_metrics, .fini = end_metrics);

static void
expect_line(const char *line)
{
    struct buffer out;
    buffer_init(&out, arena, 4096);
    buffer_add_byte(&out, '\n');
    metrics_print(metrics, &out);
    struct text wanted = text_format(arena, "\n%s\n", line);
    cr_assert_geq(text_find(buffer_text(&out), wanted), 0, "no %s in %.*s", line,
                  TEXT_ARG(buffer_text(&out)));
}

static void
count(const struct usage_record *record)
{
    call_metrics_begin(calls);
    call_metrics_count(calls, record);
}

static struct usage_record
answered_call(void)
{
    return (struct usage_record){
        .workspace = TEXT("demo"),
        .environment = TEXT("dev"),
        .caller = TEXT("ada"),
        .endpoint = TEXT("chat.completions"),
        .model = TEXT("echo"),
        .provider = TEXT("echo"),
        .outcome = CALL_COMPLETED,
        .status = 200,
        .attempts = 2,
        .usage_source = USAGE_PROVIDER,
        .input_tokens = 12,
        .output_tokens = 3,
        .first_byte_us = 1500,
        .total_us = 20000,
    };
}

Test(call_metrics, count_calls_by_who_what_and_how_it_ended)
{
    struct usage_record record = answered_call();

    count(&record);
    count(&record);

    expect_line("weir_requests_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\","
                "endpoint=\"chat.completions\",model=\"echo\",outcome=\"Completed\",status=\"200\"} 2");
    expect_line("weir_upstream_attempts_total{workspace=\"demo\",environment=\"dev\",provider=\"echo\"} 4");
}

Test(call_metrics, count_tokens_by_class)
{
    struct usage_record record = answered_call();

    count(&record);

    expect_line("weir_tokens_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\",model=\"echo\","
                "class=\"input\",source=\"Provider\"} 12");
    expect_line("weir_tokens_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\",model=\"echo\","
                "class=\"output\",source=\"Provider\"} 3");
}

Test(call_metrics, add_up_money_and_count_calls_that_used_what_has_no_price)
{
    struct usage_record priced = answered_call(), partly = answered_call(), unknown = answered_call();
    struct text class = TEXT("output");
    priced.cost = 1942600;
    partly.cost = 1;
    partly.unpriced = (struct text_list){&class, 1};
    unknown.cost = FIELD_UNSET;

    count(&priced);
    count(&partly);
    count(&unknown);

    expect_line(
        "weir_call_cost_nano_usd_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\",model=\"echo\","
        "provider=\"echo\"} 1942601");
    expect_line(
        "weir_unpriced_calls_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\",model=\"echo\","
        "provider=\"echo\"} 1");
}

Test(call_metrics, put_times_into_histograms)
{
    struct usage_record record = answered_call();

    count(&record);

    expect_line("weir_request_duration_seconds_bucket{workspace=\"demo\",environment=\"dev\","
                "endpoint=\"chat.completions\",model=\"echo\",stream=\"false\",le=\"0.02\"} 1");
    expect_line("weir_first_byte_seconds_bucket{workspace=\"demo\",environment=\"dev\","
                "endpoint=\"chat.completions\",model=\"echo\",stream=\"false\",le=\"0.001\"} 0");
    expect_line("weir_first_byte_seconds_bucket{workspace=\"demo\",environment=\"dev\","
                "endpoint=\"chat.completions\",model=\"echo\",stream=\"false\",le=\"0.005\"} 1");
}

Test(call_metrics, take_no_label_from_what_a_client_wrote)
{
    struct usage_record record = answered_call();
    record.provider = TEXT("");
    record.model = TEXT("made-up-by-a-client");
    record.outcome = CALL_REFUSED;
    record.status = 404;
    record.code = TEXT("model_not_found");
    record.policy = TEXT("weir-system/org");

    count(&record);

    expect_line("weir_requests_total{workspace=\"demo\",environment=\"dev\",caller=\"ada\","
                "endpoint=\"chat.completions\",model=\"unknown\",outcome=\"Refused\",status=\"404\"} 1");
    expect_line("weir_refusals_total{workspace=\"demo\",environment=\"dev\",code=\"model_not_found\","
                "policy=\"weir-system/org\"} 1");
}

Test(call_metrics, count_what_shadow_rules_would_have_refused)
{
    struct usage_record record = answered_call();
    struct text codes[] = {TEXT("token_limit")};
    record.shadow = (struct text_list){codes, 1};

    count(&record);

    expect_line("weir_shadow_refusals_total{workspace=\"demo\",environment=\"dev\",code=\"token_limit\"} 1");
}

Test(call_metrics, show_how_many_calls_run)
{
    struct usage_record record = answered_call();
    call_metrics_begin(calls);
    call_metrics_begin(calls);
    expect_line("weir_requests_in_flight 2");

    call_metrics_count(calls, &record);

    expect_line("weir_requests_in_flight 1");
}

Test(call_metrics, say_which_build_this_is_and_count_refused_messages)
{
    call_metrics_count_refused_message(calls, 431);

    expect_line("weir_build_info{version=\"0.1.0\"} 1");
    expect_line("weir_refused_messages_total{status=\"431\"} 1");
}

Test(call_metrics, stand_beside_the_process_families)
{
    struct process_metrics *process = process_metrics_new(arena, metrics, 1700000000123);

    process_metrics_update(process);

    expect_line("process_start_time_seconds 1700000000");
    expect_line("# TYPE process_resident_memory_bytes gauge");
}
