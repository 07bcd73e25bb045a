/* W3C trace context: what is continued, and what starts anew. */
#include <criterion/criterion.h>

#include "gateway/trace_context.h"
#include "lib/base/arena.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

Test(trace_context, continues_a_good_one)
{
    struct trace_context trace = trace_context_from(TEXT("00-" TRACE "-" SPAN "-00"));

    cr_assert(trace.is_continued);
    cr_assert_not(trace.is_sampled);
    cr_assert(memcmp(trace.trace_id, TRACE, TRACE_ID_DIGITS) == 0);
}

Test(trace_context, reads_the_first_fields_of_a_later_version)
{
    cr_assert(trace_context_from(TEXT("cc-" TRACE "-" SPAN "-01-what-comes-later")).is_continued);
}

Test(trace_context, starts_anew_for_anything_else)
{
    cr_assert_not(trace_context_from(TEXT("")).is_continued);
    cr_assert_not(trace_context_from(TEXT("ff-" TRACE "-" SPAN "-01")).is_continued);
    cr_assert_not(trace_context_from(TEXT("00-" TRACE "-" SPAN "-01-more")).is_continued);
    cr_assert_not(trace_context_from(TEXT("00-00000000000000000000000000000000-" SPAN "-01")).is_continued);
    cr_assert_not(trace_context_from(TEXT("00-" TRACE "-0000000000000000-01")).is_continued);
    cr_assert_not(trace_context_from(TEXT("00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01")).is_continued);
    cr_assert_not(trace_context_from(TEXT("00-" TRACE "_" SPAN "-01")).is_continued);
}

Test(trace_context, prints_the_trace_with_a_span_of_its_own)
{
    scoped_arena struct arena *arena = arena_new(0);
    struct trace_context trace = trace_context_from(TEXT("00-" TRACE "-" SPAN "-01"));

    struct text printed = trace_context_print(arena, &trace);

    cr_assert(trace_context_from(printed).is_continued);
    cr_assert(text_starts_with(printed, TEXT("00-" TRACE "-")));
    cr_assert(text_find(printed, TEXT(SPAN)) < 0);
}
