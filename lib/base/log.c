/* One JSON line per event, collected in a fixed buffer and written in large pieces.
 *
 * Allocates nothing and drops nothing: a full buffer is written at once, and a reader that is slow makes us
 * wait, as any stderr does. Only when the descriptor is broken are lines lost, for there is nowhere left to
 * say so. */
#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>

#include "lib/base/civil_time.h"
#include "lib/base/clock.h"
#include "lib/base/json_escape.h"

enum { COLLECT_BYTES = 64 * 1024 };

static struct {
    int fd;
    enum log_level level;
    const char *program;
    bool is_flushed_at_exit;
    size_t length;
    char bytes[COLLECT_BYTES];
} logger = {.fd = STDERR_FILENO, .level = LOG_INFO, .program = ""};

static void add(struct text text);
static void add_json_string(struct text value);
static void add_key(const char *name);
static void add_field(const struct log_field *field);
static void write_all(int fd, const char *bytes, size_t length);

void
log_configure(int fd, enum log_level level, const char *program)
{
    log_flush();
    logger.fd = fd;
    logger.level = level;
    logger.program = program;
    if (!logger.is_flushed_at_exit)
        logger.is_flushed_at_exit = atexit(log_flush) == 0;
}

void
log_flush(void)
{
    write_all(logger.fd, logger.bytes, logger.length);
    logger.length = 0;
}

static void
begin_line(enum log_level level, const char *event)
{
    static const char *const names[] = {"debug", "info", "warn", "error", "error"};
    char time[CIVIL_TIME_TEXT_BYTES];
    size_t time_length = civil_time_print(time, clock_unix_ms(), true);
    add(TEXT("{\"time\":\""));
    add((struct text){time, time_length});
    add(TEXT("\",\"level\":\""));
    add(text_of(names[level]));
    add(TEXT("\",\"program\":"));
    add_json_string(text_of(logger.program));
    add(TEXT(",\"event\":"));
    add_json_string(text_of(event));
}

void
log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    log_event_json(level, event, fields, count, NULL);
}

void
log_event_json(enum log_level level, const char *event, const struct log_field *fields, size_t count,
               const struct log_json *json)
{
    if (level < logger.level || logger.level == LOG_OFF)
        return;
    begin_line(level, event);
    for (size_t i = 0; i < count; i++)
        add_field(&fields[i]);
    if (json) {
        add_key(json->name);
        add(json->value);
    }
    add(TEXT("}\n"));
}

static void
add_field(const struct log_field *field)
{
    char number[24];
    add_key(field->name);
    switch (field->kind) {
    case LOG_FIELD_TEXT:
        add_json_string(field->text);
        break;
    case LOG_FIELD_INT:
        (void)snprintf(number, sizeof(number), "%lld", (long long)field->number);
        add(text_of(number));
        break;
    case LOG_FIELD_BOOL:
        add(field->number ? TEXT("true") : TEXT("false"));
        break;
    }
}

static void
add_key(const char *name)
{
    add(TEXT(","));
    add_json_string(text_of(name));
    add(TEXT(":"));
}

static void
add_json_string(struct text value)
{
    char scratch[JSON_ESCAPE_BYTES];
    add(TEXT("\""));
    for (struct text rest = value; rest.length > 0;)
        add(json_escape_next(&rest, scratch));
    add(TEXT("\""));
}

static void
add(struct text text)
{
    if (text.length > sizeof(logger.bytes) - logger.length)
        log_flush();
    if (text.length > sizeof(logger.bytes)) {
        write_all(logger.fd, text.bytes, text.length);
        return;
    }
    if (text.length > 0)
        memcpy(logger.bytes + logger.length, text.bytes, text.length);
    logger.length += text.length;
}

static void
write_all(int fd, const char *bytes, size_t length)
{
    size_t written = 0;
    while (written < length) {
        ssize_t wrote = write(fd, bytes + written, length - written);
        if (wrote >= 0) {
            written += (size_t)wrote;
        } else if (errno == EAGAIN) {
            struct pollfd writable = {.fd = fd, .events = POLLOUT};
            (void)poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return;
        }
    }
}
