/* Collecting what is wrong. How a problem is shown is problem_print.c. */
#include "lib/schema/problems.h"

#include <stdarg.h>

#include "lib/base/arena.h"

#define MESSAGE_MAX 512
#define NOTICES_MAX (PROBLEMS_MAX / 2) /* so that notices never crowd errors out */

static void
add_formatted(struct problem_list *problems, struct problem problem, const char *format, va_list arguments);

void
problems_init(struct problem_list *problems, struct arena *arena)
{
    *problems = (struct problem_list){.arena = arena};
}

void
problems_add(struct problem_list *problems, const struct document *at, struct text path, const char *format,
             ...)
{
    struct problem problem = {.level = PROBLEM_ERROR, .place = document_place(at), .path = path};
    problem.width = document_text(at).length;
    va_list arguments;
    va_start(arguments, format);
    add_formatted(problems, problem, format, arguments);
    va_end(arguments);
}

void
problems_add_notice(struct problem_list *problems, const struct document *at, struct text path,
                    const char *format, ...)
{
    struct problem problem = {.level = PROBLEM_NOTICE, .place = document_place(at), .path = path};
    problem.width = document_text(at).length;
    va_list arguments;
    va_start(arguments, format);
    add_formatted(problems, problem, format, arguments);
    va_end(arguments);
}

static void
add_formatted(struct problem_list *problems, struct problem problem, const char *format, va_list arguments)
{
    char message[MESSAGE_MAX];
    int length = vsnprintf(message, sizeof(message), format, arguments);
    size_t kept = length < 0 ? 0 : (size_t)length;
    kept = kept < sizeof(message) ? kept : sizeof(message) - 1;
    problem.message = text_copy(problems->arena, (struct text){message, kept});
    problems_add_problem(problems, &problem);
}

void
problems_add_problem(struct problem_list *problems, const struct problem *problem)
{
    bool is_error = problem->level == PROBLEM_ERROR;
    bool is_full = problems->count == PROBLEMS_MAX;
    bool has_too_many_notices = !is_full && problems->count - problems->error_count >= NOTICES_MAX;
    problems->error_count += is_error;
    if (is_full || (!is_error && has_too_many_notices)) {
        problems->left_out++;
        return;
    }

    problems->items =
        arena_grow(problems->arena, problems->items, problems->count, &problems->capacity, sizeof(*problem));
    problems->items[problems->count++] = *problem;
}

static bool
stands_before(const struct document_place *a, const struct document_place *b)
{
    int files = text_compare(a->file, b->file);
    if (files != 0)
        return files < 0;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void
problems_sort_from(struct problem_list *problems, size_t first)
{
    for (size_t i = first + 1; i < problems->count; i++) {
        struct problem moved = problems->items[i];
        size_t to = i;
        for (; to > first && stands_before(&moved.place, &problems->items[to - 1].place); to--)
            problems->items[to] = problems->items[to - 1];
        problems->items[to] = moved;
    }
}
