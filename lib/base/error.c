/* Why something did not work: a kind and one line of words, put together without allocating.
 *
 * A message too long for its place is cut at a whole UTF-8 character. */
#include "lib/base/error.h"

#include <errno.h>
#include <stdarg.h>

#include "lib/base/utf8.h"

static void append(char *message, int length, const char *words);
static void keep(struct error *err, enum error_kind kind, const char *message);
static enum error_kind kind_of_errno(int errno_value);

bool
error_set(struct error *err, enum error_kind kind, const char *format, ...)
{
    if (!err)
        return false;
    /* Formatted aside first: the arguments may point into err->message. */
    char message[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    keep(err, kind, message);
    return false;
}

bool
error_context(struct error *err, const char *format, ...)
{
    if (!err)
        return false;
    char message[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    append(message, written, err->message);
    keep(err, err->kind, message);
    return false;
}

bool
error_set_errno(struct error *err, int errno_value, const char *format, ...)
{
    if (!err)
        return false;
    char message[sizeof(err->message)];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    char words[128];
    const char *reason = strerror_r(errno_value, words, sizeof(words));
    append(message, written, reason);
    keep(err, kind_of_errno(errno_value), message);
    return false;
}

bool
error_is_worth_retrying(const struct error *err)
{
    return err->kind == ERROR_UNAVAILABLE || err->kind == ERROR_CONFLICT;
}

/* ": " and words behind the first `length` bytes, as far as they fit; length as snprintf returned it. */
static void
append(char *message, int length, const char *words)
{
    size_t room = sizeof(((struct error *)NULL)->message) - 1;
    size_t at = length > 0 ? (size_t)length : 0;
    for (const char *from = at > 0 ? ": " : ""; *from && at < room; from++)
        message[at++] = *from;
    for (; *words && at < room; words++)
        message[at++] = *words;
    message[at < room ? at : room] = '\0';
}

static void
keep(struct error *err, enum error_kind kind, const char *message)
{
    size_t length = strnlen(message, sizeof(err->message) - 1);
    if (length == sizeof(err->message) - 1) {
        /* Full, so perhaps cut: back to the byte that leads the last character, over continuations
         * (10xxxxxx). */
        size_t lead = length - 1;
        while (lead > length - 4 && ((unsigned char)message[lead] & 0xC0) == 0x80)
            lead--;
        if (utf8_character_length(message + lead, length - lead) == 0)
            length = lead;
    }
    memcpy(err->message, message, length);
    err->message[length] = '\0';
    err->kind = kind;
}

static enum error_kind
kind_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
        return ERROR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERROR_DENIED;
    case EINVAL:
        return ERROR_INVALID;
    default:
        return ERROR_UNAVAILABLE;
    }
}
