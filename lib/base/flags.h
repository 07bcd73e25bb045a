/* A program's command line as a table of flags: "--name value", "--name=value", or "--name" alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
struct error;

enum flag_kind {
    FLAG_TEXT,    /* struct text */
    FLAG_PATH,    /* const char * */
    FLAG_SECONDS, /* int64_t, in milliseconds; at most a day */
    FLAG_ON_OFF,  /* bool */
    FLAG_SWITCH,  /* bool, without a value */
    FLAG_PARSED,  /* by the table's parse */
};

struct flag {
    const char *name;
    enum flag_kind kind;
    size_t offset;     /* of its member in the struct that is filled */
    const char *value; /* what it is called in the help */
    const char *doc;
};

struct flag_table {
    const struct flag *flags;
    size_t count;
    bool (*parse)(struct arena *arena, struct text value, void *out_member,
                  struct error *err); /* FLAG_PARSED */
};

/* arguments: as main got them, the program's name first. ERROR_INVALID says which flag is wrong and what it
 * wants; *out_options may be filled in part then. Texts point into the arguments. */
MUST_CHECK bool flags_parse(struct arena *arena, const struct flag_table *table, char **arguments,
                            void *out_options, struct error *err);
void flags_print_help(const struct flag_table *table, struct buffer *out);
