/* One JSON line per event on stderr: an event name plus typed fields, never prose with values in it.
 *
 *     log_warn("provider_failed", LOG_TEXT("provider", name), LOG_INT("status", 502), LOG_MS("took", ms));
 *
 * Only shells log (mains, runtimes, the pipeline): library code returns errors instead. Lines are collected
 * and written by log_flush (the loop calls it once a turn), when 64 KiB are waiting, and at exit. Nothing is
 * dropped: a slow reader makes the program wait. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/text.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };
enum log_field_kind { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_BOOL };

struct log_field {
    const char *name;
    enum log_field_kind kind;
    struct text text;
    int64_t number;
};

/* A value that is JSON already: an object that was printed for something else too. */
struct log_json {
    const char *name;
    struct text value;
};

#define LOG_TEXT(NAME, VALUE) ((struct log_field){.name = (NAME), .kind = LOG_FIELD_TEXT, .text = (VALUE)})
#define LOG_STRING(NAME, VALUE) LOG_TEXT(NAME, text_of(VALUE))
#define LOG_INT(NAME, VALUE)                                                                                 \
    ((struct log_field){.name = (NAME), .kind = LOG_FIELD_INT, .number = (int64_t)(VALUE)})
#define LOG_MS(NAME, VALUE) LOG_INT(NAME "_ms", VALUE)
#define LOG_BOOL(NAME, VALUE) ((struct log_field){.name = (NAME), .kind = LOG_FIELD_BOOL, .number = (VALUE)})

/* fd is where lines go (2 by default); level is the lowest that is written; program is in every line. */
void log_configure(int fd, enum log_level level, const char *program);
void log_flush(void);
void log_event(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* The same with one more member whose value is JSON already: "name": json. */
void log_event_json(enum log_level level, const char *event, const struct log_field *fields, size_t count,
                    const struct log_json *json);

#define LOG_EVENT_(LEVEL, EVENT, ...)                                                                        \
    log_event(LEVEL, EVENT, (const struct log_field[]){{0}, ##__VA_ARGS__} + 1,                              \
              sizeof((const struct log_field[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_field) - 1)
#define log_debug(EVENT, ...) LOG_EVENT_(LOG_DEBUG, EVENT, ##__VA_ARGS__)
#define log_info(EVENT, ...) LOG_EVENT_(LOG_INFO, EVENT, ##__VA_ARGS__)
#define log_warn(EVENT, ...) LOG_EVENT_(LOG_WARN, EVENT, ##__VA_ARGS__)
#define log_error(EVENT, ...) LOG_EVENT_(LOG_ERROR, EVENT, ##__VA_ARGS__)
