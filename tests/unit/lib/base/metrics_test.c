/* Metrics: counted where they belong, bounded, and printed so that Prometheus can read them. */
#include "lib/base/metrics.h"

#include <criterion/criterion.h>
#include <signal.h>

#include "lib/base/arena.h"
#include "tests/unit/lib/base/expect_text.h"

static const char *const labels[] = {"model", "status", NULL};
static const double bounds[] = {0.1, 0.5, 2.5};

static const struct metric_description requests = {
    .name = "weir_requests_total", .help = "Requests answered.", .kind = METRIC_COUNTER, .labels = labels};
static const struct metric_description open_connections = {.name = "weir_open_connections",
                                                           .help =
                                                               "Sockets; \"open\" ones.\nWith a \\ in it.",
                                                           .kind = METRIC_GAUGE};
static const struct metric_description durations = {.name = "weir_duration_seconds",
                                                    .help = "From first byte to last.",
                                                    .kind = METRIC_HISTOGRAM,
                                                    .bounds = bounds,
                                                    .bound_count = 3};

static struct text
printed(struct arena *arena, const struct metrics *metrics)
{
    struct buffer buffer;
    buffer_init(&buffer, arena, 0);
    metrics_print(metrics, &buffer);
    return buffer_text(&buffer);
}

static struct metric *
request_metric(struct metric_family *family, const char *model, const char *status)
{
    struct text values[] = {text_of(model), text_of(status)};
    return metric_with(family, values);
}

Test(metrics, prints_counters_by_label_in_the_order_they_appeared)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    struct metric_family *family = metrics_add(metrics, &requests);
    metric_increase(request_metric(family, "gpt-4o", "200"), 1);
    metric_increase(request_metric(family, "claude", "429"), 5);
    metric_increase(request_metric(family, "gpt-4o", "200"), 2);
    expect_text(printed(arena, metrics), "# HELP weir_requests_total Requests answered.\n"
                                         "# TYPE weir_requests_total counter\n"
                                         "weir_requests_total{model=\"gpt-4o\",status=\"200\"} 3\n"
                                         "weir_requests_total{model=\"claude\",status=\"429\"} 5\n");
}

Test(metrics, gives_the_same_series_for_the_same_values_only)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metric_family *family = metrics_add(metrics_new(arena), &requests);
    struct metric *metric = request_metric(family, "ab", "c");
    cr_assert_eq(request_metric(family, "ab", "c"), metric);
    cr_assert_neq(request_metric(family, "a", "bc"), metric, "values are not run together");
    cr_assert_neq(request_metric(family, "c", "ab"), metric, "order matters");
    cr_assert_neq(request_metric(family, "", ""), metric);
    cr_assert_neq(request_metric(family, "a", "a"), request_metric(family, "b", "b"));
}

Test(metrics, prints_gauges_and_escapes_help)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    struct metric *metric = metric_with(metrics_add(metrics, &open_connections), NULL);
    metric_set(metric, 10);
    metric_increase(metric, -12);
    expect_text(printed(arena, metrics),
                "# HELP weir_open_connections Sockets; \"open\" ones.\\nWith a \\\\ in it.\n"
                "# TYPE weir_open_connections gauge\n"
                "weir_open_connections -2\n");
}

Test(metrics, without_labels_show_as_zero_before_the_first_event)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    (void)metrics_add(metrics, &open_connections);
    (void)metrics_add(metrics, &requests);
    struct text text = printed(arena, metrics);
    cr_assert_geq(text_find(text, TEXT("\nweir_open_connections 0\n# HELP weir_requests_total")), 0);
    cr_assert(text_ends_with(text, TEXT("# TYPE weir_requests_total counter\n")));
}

Test(metrics, histograms_are_cumulative_and_bounds_are_inclusive)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    struct metric *metric = metric_with(metrics_add(metrics, &durations), NULL);
    static const double values[] = {0.05, 0.1, 0.25, 2.5, 2.6, 100};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        metric_observe(metric, values[i]);
    expect_text(printed(arena, metrics), "# HELP weir_duration_seconds From first byte to last.\n"
                                         "# TYPE weir_duration_seconds histogram\n"
                                         "weir_duration_seconds_bucket{le=\"0.1\"} 2\n"
                                         "weir_duration_seconds_bucket{le=\"0.5\"} 3\n"
                                         "weir_duration_seconds_bucket{le=\"2.5\"} 4\n"
                                         "weir_duration_seconds_bucket{le=\"+Inf\"} 6\n"
                                         "weir_duration_seconds_sum 105.5\n"
                                         "weir_duration_seconds_count 6\n");
}

Test(metrics, histograms_with_labels_put_le_behind_them)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metric_description description = durations;
    description.labels = labels;
    struct metrics *metrics = metrics_new(arena);
    metric_observe(request_metric(metrics_add(metrics, &description), "m", "200"), 1e30);
    struct text text = printed(arena, metrics);
    cr_assert_geq(text_find(text, TEXT("_bucket{model=\"m\",status=\"200\",le=\"2.5\"} 0\n")), 0);
    cr_assert_geq(text_find(text, TEXT("_bucket{model=\"m\",status=\"200\",le=\"+Inf\"} 1\n")), 0);
    cr_assert_geq(text_find(text, TEXT("_sum{model=\"m\",status=\"200\"} 1e+30\n")), 0);
}

Test(metrics, escape_label_values)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    metric_increase(request_metric(metrics_add(metrics, &requests), "a\"b\\c\nd", "h\xC3\xA9"), 1);
    cr_assert_geq(
        text_find(printed(arena, metrics), TEXT("{model=\"a\\\"b\\\\c\\nd\",status=\"h\xC3\xA9\"} 1\n")), 0);
}

Test(metrics, count_as_other_beyond_the_most_series)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metric_description description = requests;
    description.max_series = 50;
    struct metrics *metrics = metrics_new(arena);
    struct metric_family *family = metrics_add(metrics, &description);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 80; i++)
            metric_increase(request_metric(family, text_c_string(arena, text_format(arena, "m%d", i)), "200"),
                            1);

    struct text rest = printed(arena, metrics);
    cr_assert_geq(text_find(rest, TEXT("{model=\"m49\",status=\"200\"} 2\n")), 0);
    cr_assert_eq(text_find(rest, TEXT("{model=\"m50\"")), -1);
    cr_assert_geq(text_find(rest, TEXT("{model=\"other\",status=\"other\"} 60\n")), 0);
    size_t lines = 0;
    while (rest.bytes && text_cut(&rest, '\n').length > 0)
        lines++;
    cr_assert_eq(lines, 2 + 50 + 1);
}

Test(metrics, count_as_other_what_is_too_long_or_not_utf8)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct metrics *metrics = metrics_new(arena);
    struct metric_family *family = metrics_add(metrics, &requests);
    struct metric *other = request_metric(family, "other", "other");
    cr_assert_eq(request_metric(family, "\xFF", "200"), other);
    cr_assert_eq(request_metric(family, "\xFE", "200"), other);
    cr_assert_eq(request_metric(family, text_c_string(arena, text_format(arena, "%0257d", 1)), "200"), other);
    cr_assert_neq(request_metric(family, text_c_string(arena, text_format(arena, "%0256d", 1)), "200"),
                  other);
}

Test(metrics, refuse_a_counter_that_goes_back, .signal = SIGABRT)
{
    scoped_arena struct arena *arena = arena_new(0);
    metric_increase(request_metric(metrics_add(metrics_new(arena), &requests), "a", "b"), -1);
}
