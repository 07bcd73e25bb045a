/* How a problem is shown to people: one line, and the source with carets when it is at hand. */
#include "lib/base/buffer.h"
#include "lib/base/utf8.h"
#include "lib/schema/problems.h"

#define SHOWN_MAX 120   /* bytes of a source line that are shown */
#define SHOWN_BEFORE 60 /* of them before the place, in a line that is too long */

static void
print_headline(const struct problem *problem, struct buffer *out)
{
    struct document_place place = problem->place;
    buffer_add_text(out, place.file);
    if (place.line > 0)
        buffer_print(out, "%s%d:%d", place.file.length > 0 ? ":" : "", place.line, place.column);
    if (place.line > 0 || place.file.length > 0)
        buffer_add_string(out, ": ");
    buffer_add_string(out, problem->level == PROBLEM_ERROR ? "error: " : "notice: ");
    buffer_add_text(out, problem->path);
    if (problem->path.length > 0)
        buffer_add_string(out, ": ");
    buffer_add_text(out, problem->message);
}

static struct text
line_of(struct text source, int line)
{
    struct text found = {0};
    for (int i = 0; i < line && (source.bytes || i == 0); i++)
        found = text_cut(&source, '\n');
    return text_ends_with(found, TEXT("\r")) ? text_slice(found, 0, found.length - 1) : found;
}

/* The byte at which the character number `column` (1-based) starts. */
static size_t
offset_of_column(struct text line, int column)
{
    size_t at = 0;
    for (int i = 1; i < column && at < line.length; i++) {
        size_t length = utf8_character_length(line.bytes + at, line.length - at);
        at += length > 0 ? length : 1;
    }
    return at;
}

static size_t
count_characters(struct text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
    return count;
}

static void
print_times(char byte, size_t times, struct buffer *out)
{
    for (size_t i = 0; i < times; i++)
        buffer_add_byte(out, byte);
}

/* What is underlined: the width, with its quotes when it has some, and at least one character. */
static struct text
underlined(const struct problem *problem, struct text line, size_t from)
{
    bool is_quoted = from < line.length && (line.bytes[from] == '"' || line.bytes[from] == '\'');
    size_t width = problem->width + (is_quoted ? 2 : 0);
    return text_slice(line, from, from + (width > 0 ? width : 1));
}

/* "   14 |     requestsPerMinut: 100" and the carets under it. */
static void
print_source(const struct problem *problem, struct text line, struct buffer *out)
{
    size_t from = offset_of_column(line, problem->place.column);
    size_t start = line.length > SHOWN_MAX && from > SHOWN_BEFORE ? from - SHOWN_BEFORE : 0;
    while (start > 0 && ((unsigned char)line.bytes[start] & 0xc0) == 0x80)
        start--;
    struct text shown = text_slice(line, start, start + SHOWN_MAX);
    struct text marked = text_slice(underlined(problem, line, from), 0, SHOWN_MAX - SHOWN_BEFORE);

    buffer_print(out, "%5d | ", problem->place.line);
    for (size_t i = 0; i < shown.length; i++) {
        bool is_control = (unsigned char)shown.bytes[i] < 0x20 || shown.bytes[i] == 0x7f;
        buffer_add_byte(out, is_control ? ' ' : shown.bytes[i]);
    }
    buffer_add_string(out, "\n      | ");
    print_times(' ', count_characters(text_slice(line, start, from)), out);
    buffer_add_byte(out, '^');
    size_t characters = count_characters(marked);
    print_times('~', characters > 1 ? characters - 1 : 0, out);
    if (problem->hint.length > 0)
        buffer_add_byte(out, ' ');
    buffer_add_text(out, problem->hint);
    buffer_add_byte(out, '\n');
}

void
problem_print(const struct problem *problem, struct text source, struct buffer *out)
{
    struct text line = line_of(source, problem->place.line);
    bool has_source = problem->place.line > 0 && line.length > 0;
    print_headline(problem, out);
    if (!has_source && problem->hint.length > 0)
        buffer_print(out, " (%.*s)", TEXT_ARG(problem->hint));
    buffer_add_byte(out, '\n');
    if (has_source)
        print_source(problem, line, out);
}

struct text
problem_line(struct arena *arena, const struct problem *problem)
{
    struct buffer line;
    buffer_init(&line, arena, 128);
    print_headline(problem, &line);
    if (problem->hint.length > 0)
        buffer_print(&line, " (%.*s)", TEXT_ARG(problem->hint));
    return buffer_text(&line);
}
