/* A registry as Prometheus' text exposition format 0.0.4. Reads, never counts. */
#include <math.h>

#include "lib/base/metrics_series.h"

static void print_family(const struct metric_family *family, struct buffer *out);
static void print_histogram(const struct metric *metric, struct buffer *out);
static void
print_name(const struct metric *metric, const char *suffix, const char *bound, struct buffer *out);
static void add_escaped(struct buffer *out, struct text text, bool with_quotes);
static const char *print_double(char *out, size_t size, double value);

enum { DOUBLE_TEXT_BYTES = 32 };

void
metrics_print(const struct metrics *metrics, struct buffer *out)
{
    for (const struct metric_family *family = metrics->first; family; family = family->next)
        print_family(family, out);
}

static void
print_family(const struct metric_family *family, struct buffer *out)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const struct metric_description *description = family->description;
    buffer_print(out, "# HELP %s ", description->name);
    add_escaped(out, text_of(description->help), false);
    buffer_print(out, "\n# TYPE %s %s\n", description->name, kinds[description->kind]);

    for (const struct metric *metric = family->first; metric; metric = metric->next) {
        if (description->kind == METRIC_HISTOGRAM) {
            print_histogram(metric, out);
        } else {
            print_name(metric, "", NULL, out);
            buffer_add_int(out, metric->value);
            buffer_add_byte(out, '\n');
        }
    }
}

static void
print_histogram(const struct metric *metric, struct buffer *out)
{
    const struct metric_description *description = metric->family->description;
    char number[DOUBLE_TEXT_BYTES];
    int64_t below = 0;
    for (size_t i = 0; i < description->bound_count; i++) {
        below += metric->buckets[i];
        print_name(metric, "_bucket", print_double(number, sizeof(number), description->bounds[i]), out);
        buffer_add_int(out, below);
        buffer_add_byte(out, '\n');
    }
    print_name(metric, "_bucket", "+Inf", out);
    buffer_add_int(out, metric->value);
    buffer_add_byte(out, '\n');
    print_name(metric, "_sum", NULL, out);
    buffer_add_string(out, print_double(number, sizeof(number), metric->sum));
    buffer_add_byte(out, '\n');
    print_name(metric, "_count", NULL, out);
    buffer_add_int(out, metric->value);
    buffer_add_byte(out, '\n');
}

/* name_suffix{a="x",le="0.5"} and a blank; bound is the le label's, or NULL. */
static void
print_name(const struct metric *metric, const char *suffix, const char *bound, struct buffer *out)
{
    const struct metric_family *family = metric->family;
    buffer_add_string(out, family->description->name);
    buffer_add_string(out, suffix);
    const char *before = "{";
    for (size_t i = 0; i < family->label_count; i++) {
        buffer_print(out, "%s%s=\"", before, family->description->labels[i]);
        add_escaped(out, metric->values[i], true);
        buffer_add_byte(out, '"');
        before = ",";
    }
    if (bound) {
        buffer_print(out, "%sle=\"%s\"", before, bound);
        before = ",";
    }
    buffer_add_string(out, *before == ',' ? "} " : " ");
}

/* Backslash and line feed everywhere, double quotes in label values only. */
static void
add_escaped(struct buffer *out, struct text text, bool with_quotes)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte == '\n') {
            buffer_add_string(out, "\\n");
            continue;
        }
        if (byte == '\\' || (byte == '"' && with_quotes))
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, byte);
    }
}

/* The shorter of two precisions that reads back as the same number. */
static const char *
print_double(char *out, size_t size, double value)
{
    if (isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    (void)snprintf(out, size, "%.15g", value);
    if (strtod(out, NULL) != value) /* exactly the same, or more digits are needed */
        (void)snprintf(out, size, "%.17g", value);
    return out;
}
