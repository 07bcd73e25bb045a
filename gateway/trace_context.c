/* Strict reading: lower-case hex only, no all-zero ids, not version ff. */
#include "gateway/trace_context.h"

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/id.h"

enum {
    VERSION_DIGITS = 2,
    TRACE_AT = 3,
    SPAN_AT = TRACE_AT + TRACE_ID_DIGITS + 1,
    FLAGS_AT = SPAN_AT + TRACE_SPAN_DIGITS + 1,
    HEADER_BYTES = FLAGS_AT + 2,
};

static const char digits[] = "0123456789abcdef";

static bool
is_hex(struct text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!((text.bytes[i] >= '0' && text.bytes[i] <= '9') ||
              (text.bytes[i] >= 'a' && text.bytes[i] <= 'f')))
            return false;
    return true;
}

static bool
is_an_id(struct text text)
{
    bool is_zero = true;
    for (size_t i = 0; i < text.length; i++)
        is_zero = is_zero && text.bytes[i] == '0';
    return is_hex(text) && !is_zero;
}

static bool
is_good(struct text header)
{
    if (header.length < HEADER_BYTES)
        return false;
    struct text version = text_slice(header, 0, VERSION_DIGITS);
    bool is_version_0 = text_equals(version, TEXT("00"));
    bool ends_well = header.length == HEADER_BYTES || (!is_version_0 && header.bytes[HEADER_BYTES] == '-');
    return is_hex(version) && !text_equals(version, TEXT("ff")) && ends_well &&
           header.bytes[VERSION_DIGITS] == '-' && header.bytes[SPAN_AT - 1] == '-' &&
           header.bytes[FLAGS_AT - 1] == '-' && is_an_id(text_slice(header, TRACE_AT, SPAN_AT - 1)) &&
           is_an_id(text_slice(header, SPAN_AT, FLAGS_AT - 1)) &&
           is_hex(text_slice(header, FLAGS_AT, HEADER_BYTES));
}

static void
write_random_id(char *out, size_t length)
{
    for (size_t done = 0; done < length; done += 16) {
        uint64_t random = id_random_u64() | 1; /* never all zero */
        for (size_t i = 0; i < 16; i++, random >>= 4)
            out[done + i] = digits[random & 15];
    }
}

struct trace_context
trace_context_from(struct text traceparent)
{
    struct trace_context trace = {.is_continued = is_good(traceparent), .is_sampled = true};
    if (!trace.is_continued) {
        write_random_id(trace.trace_id, TRACE_ID_DIGITS);
        return trace;
    }
    memcpy(trace.trace_id, traceparent.bytes + TRACE_AT, TRACE_ID_DIGITS);
    memcpy(trace.parent_span, traceparent.bytes + SPAN_AT, TRACE_SPAN_DIGITS);
    char flags = traceparent.bytes[HEADER_BYTES - 1];
    trace.is_sampled = ((flags <= '9' ? flags - '0' : flags - 'a' + 10) & 1) != 0;
    return trace;
}

struct text
trace_context_print(struct arena *arena, const struct trace_context *trace)
{
    char *out = arena_alloc_raw(arena, HEADER_BYTES);
    memcpy(out, "00-", TRACE_AT);
    memcpy(out + TRACE_AT, trace->trace_id, TRACE_ID_DIGITS);
    out[SPAN_AT - 1] = '-';
    write_random_id(out + SPAN_AT, TRACE_SPAN_DIGITS);
    out[FLAGS_AT - 1] = '-';
    out[FLAGS_AT] = '0';
    out[FLAGS_AT + 1] = trace->is_sampled ? '1' : '0';
    return (struct text){out, HEADER_BYTES};
}
