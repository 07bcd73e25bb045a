/* Tree to YAML in block style, so that every reader, YAML 1.1 ones included, reads the same tree back. */
#include "lib/base/utf8.h"
#include "lib/document/document_node.h"
#include "lib/document/yaml.h"

#define INDENT 2
#define SIMPLE_KEY_MAX 200 /* bytes; YAML ends at 1024 characters, and people earlier */

static void print_block(const struct document *document, size_t indent, struct buffer *out);
static void print_scalar(const struct document *document, struct buffer *out);
static void print_text(struct text text, struct buffer *out);

static bool
is_block(const struct document *document)
{
    return document_count(document) > 0;
}

void
yaml_print(const struct document *document, struct buffer *out)
{
    if (is_block(document)) {
        print_block(document, 0, out);
        return;
    }
    print_scalar(document, out);
    buffer_add_byte(out, '\n');
}

static void
print_indent(size_t indent, struct buffer *out)
{
    for (size_t i = 0; i < indent; i++)
        buffer_add_byte(out, ' ');
}

static void
print_key(struct text key, size_t indent, struct buffer *out)
{
    bool is_simple = key.length <= SIMPLE_KEY_MAX;
    if (!is_simple)
        buffer_add_string(out, "? ");
    print_text(key, out);
    if (!is_simple) {
        buffer_add_byte(out, '\n');
        print_indent(indent, out);
    }
    buffer_add_byte(out, ':');
}

static void
print_entry(const struct document_entry *entry, size_t indent, struct buffer *out)
{
    print_key(entry->key, indent, out);
    if (is_block(entry->value)) {
        buffer_add_byte(out, '\n');
        print_indent(indent + INDENT, out);
        print_block(entry->value, indent + INDENT, out);
        return;
    }
    buffer_add_byte(out, ' ');
    print_scalar(entry->value, out);
    buffer_add_byte(out, '\n');
}

static void
print_item(const struct document *item, size_t indent, struct buffer *out)
{
    buffer_add_string(out, "- ");
    if (is_block(item)) {
        print_block(item, indent + INDENT, out);
        return;
    }
    print_scalar(item, out);
    buffer_add_byte(out, '\n');
}

/* Starts where the first line is already indented. */
static void
print_block(const struct document *document, size_t indent, struct buffer *out)
{
    for (size_t i = 0; i < document_count(document); i++) {
        if (i > 0)
            print_indent(indent, out);
        if (document->kind == DOCUMENT_MAP)
            print_entry(&document->map.entries[i], indent, out);
        else
            print_item(document->list.items[i], indent, out);
    }
}

static void
print_scalar(const struct document *document, struct buffer *out)
{
    switch (document_kind(document)) {
    case DOCUMENT_NULL:
        buffer_add_string(out, "null");
        break;
    case DOCUMENT_BOOL:
        buffer_add_string(out, document->boolean ? "true" : "false");
        break;
    case DOCUMENT_NUMBER:
        buffer_add_text(out, document->text);
        break;
    case DOCUMENT_TEXT:
        print_text(document->text, out);
        break;
    case DOCUMENT_LIST:
        buffer_add_string(out, "[]");
        break;
    case DOCUMENT_MAP:
        buffer_add_string(out, "{}");
        break;
    }
}

/* Words that some reader takes for a null or a bool. */
static bool
is_reserved(struct text text)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (text_equals_ignore_case(text, text_of(words[i])))
            return true;
    return false;
}

static bool
is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Text that means itself without quotes: starts with a letter, '_' or '/', so it is no number, date or
 * indicator, and has nothing inside that ends a plain scalar. */
static bool
is_plain(struct text text)
{
    if (text.length == 0 || is_reserved(text))
        return false;
    if (!is_letter(text.bytes[0]) && text.bytes[0] != '_' && text.bytes[0] != '/')
        return false;
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        bool is_safe =
            is_letter(byte) || (byte >= '0' && byte <= '9') || (byte && strchr("_/.,-+@=()*;<>'$%^", byte));
        bool is_inside = i + 1 < text.length && text.bytes[i + 1] != ' ';
        if (!is_safe && !(strchr(" :", byte) && byte && is_inside))
            return false;
    }
    return true;
}

static uint32_t
code_point(const char *bytes, size_t length)
{
    uint32_t point = (unsigned char)bytes[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        point = point << 6 | ((unsigned char)bytes[i] & 0x3f);
    return point;
}

/* Characters that YAML reads as line ends, or does not read at all. */
static bool
must_escape(uint32_t point)
{
    return (point >= 0x7f && point < 0xa0) || point == 0x2028 || point == 0x2029 || point == 0xfeff ||
           point == 0xfffe || point == 0xffff;
}

/* One character in double quotes; returns its length. */
static size_t
print_quoted_character(struct text rest, struct buffer *out)
{
    unsigned char byte = (unsigned char)rest.bytes[0];
    size_t length = byte < 0x80 ? 1 : utf8_character_length(rest.bytes, rest.length);
    uint32_t point = length == 0 ? 0xfffd : length == 1 ? byte : code_point(rest.bytes, length);
    if (point == '"' || point == '\\')
        buffer_print(out, "\\%c", (int)point);
    else if (point == '\n')
        buffer_add_string(out, "\\n");
    else if (point < 0x20 || must_escape(point) || length == 0)
        buffer_print(out, "\\u%04x", (unsigned)point);
    else
        buffer_add(out, rest.bytes, length);
    return length > 0 ? length : 1;
}

static void
print_text(struct text text, struct buffer *out)
{
    if (is_plain(text)) {
        buffer_add_text(out, text);
        return;
    }
    buffer_add_byte(out, '"');
    for (size_t at = 0; at < text.length;)
        at += print_quoted_character(text_slice(text, at, text.length), out);
    buffer_add_byte(out, '"');
}
