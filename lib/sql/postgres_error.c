/* What PostgreSQL and libpq say, in our words: a kind from the SQLSTATE, one line, no password. */
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/sql/postgres_private.h"

static bool is_stale(const PGresult *result);
static bool starts(const char *state, const char *class);
static enum error_kind kind_of(const char *state);
static const char *trouble_of(const char *state);
static const char *one_line(const struct postgres *postgres, const char *words);
static void cut_out(char *line, struct text secret);

bool
postgres_error_of_result(struct postgres *postgres, const PGresult *result, bool *out_is_fatal,
                         struct error *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    *out_is_fatal = severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
    state = state ? state : "XX000";
    const char *trouble = trouble_of(state);
    return error_set(err, is_stale(result) ? ERROR_CONFLICT : kind_of(state), "%s%s%s (SQLSTATE %s)", trouble,
                     *trouble ? ": " : "", one_line(postgres, words ? words : "no words"), state);
}

bool
postgres_error_of_connection(struct postgres *postgres, struct error *err)
{
    const char *words = postgres->conn ? PQerrorMessage(postgres->conn) : "out of memory";
    return error_set(err, ERROR_UNAVAILABLE, "the connection to the database: %s",
                     one_line(postgres, words && *words ? words : "it was lost"));
}

/* What was prepared before the schema changed; prepared anew it works. The SQLSTATE (0A000) says much else.
 */
static bool
is_stale(const PGresult *result)
{
    const char *place = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    return place && strcmp(place, "RevalidateCachedQuery") == 0;
}

static bool
starts(const char *state, const char *class)
{
    return strncmp(state, class, strlen(class)) == 0;
}

/* https://www.postgresql.org/docs/15/errcodes-appendix.html */
static enum error_kind
kind_of(const char *state)
{
    static const char *const conflicts[] = {
        "23505" /* unique */,        "23P01" /* exclusion */,
        "40001" /* serialization */, "40P01" /* deadlock */,
        "55P03" /* lock_timeout */,  "26000" /* no such prepared statement: a pooler? */};
    for (size_t i = 0; i < COUNT_OF(conflicts); i++)
        if (strcmp(state, conflicts[i]) == 0)
            return ERROR_CONFLICT;
    if (*trouble_of(state))
        return ERROR_UNAVAILABLE;
    return starts(state, "22") || starts(state, "23") ? ERROR_INVALID : ERROR_INTERNAL;
}

/* What is wrong with the server rather than with the statement; "" when nothing is. */
static const char *
trouble_of(const char *state)
{
    static const struct {
        const char *class, *words;
    } troubles[] = {
        {"08P01", ""}, /* a statement with too few parameters, too */
        {"25006", "the database is read-only"},
        {"42501", "the database denies access"},
        {"28", "the database denies access"},
        {"53100", "the database's disk is full"},
        {"53", "the database is out of room"},
        {"57014", "not done within its time"},
        {"57", "the database stops"},
        {"58", "the database's disk fails"},
        {"08", "the connection is lost"},
        {"25P03", "the connection is lost"},
        {"25P04", "the connection is lost"},
        {"XX001", "the database is damaged"},
        {"XX002", "the database is damaged"},
        {"3D000", "there is no such database"},
    };
    for (size_t i = 0; i < COUNT_OF(troubles); i++)
        if (starts(state, troubles[i].class))
            return troubles[i].words;
    return "";
}

/* In the scratch arena. */
static const char *
one_line(const struct postgres *postgres, const char *words)
{
    char *line = text_c_string(postgres->scratch, text_trim(text_of(words)));
    for (size_t i = 0; i < COUNT_OF(postgres->address.secrets); i++)
        cut_out(line, postgres->address.secrets[i]);
    for (char *at = line; *at; at++)
        if (*at == '\n' || *at == '\t')
            *at = ' ';
    return line;
}

static void
cut_out(char *line, struct text secret)
{
    ptrdiff_t at = text_is_empty(secret) ? -1 : text_find(text_of(line), secret);
    while (at >= 0) {
        memset(line + at, '*', secret.length);
        line += (size_t)at + secret.length;
        at = text_find(text_of(line), secret);
    }
}
