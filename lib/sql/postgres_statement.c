/* Prepared statements, kept by their parameters' types and their text; parameters in binary form.
 *
 * Types are told to the server, so that an integer is a bigint wherever it stands; NULL is of whatever type
 * the statement wants. */
#include <endian.h>
#include <inttypes.h>
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/sql/postgres_private.h"

/* pg_type.dat: these numbers never change. */
enum { OID_ANY = 0, OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25 };

static const struct {
    Oid oid;
    char letter;
} types[] = {
    [SQL_NULL] = {OID_ANY, 'n'},
    [SQL_INT] = {OID_INT8, 'i'},
    [SQL_TEXT] = {OID_TEXT, 't'},
    [SQL_BYTES] = {OID_BYTEA, 'b'},
};

struct postgres_prepared *
postgres_statement_find(struct postgres *postgres, const struct sql_statement *statement)
{
    struct buffer key;
    arena_reset(postgres->scratch);
    buffer_init(&key, postgres->scratch, 0);
    for (size_t i = 0; i < statement->param_count; i++)
        buffer_add_byte(&key, types[statement->params[i].type].letter);
    buffer_add_byte(&key, ' ');
    buffer_add_string(&key, statement->text);

    struct postgres_prepared *prepared = map_find(postgres->statements, buffer_text(&key));
    if (prepared)
        return prepared;
    prepared = arena_alloc(postgres->kept, sizeof(*prepared));
    (void)snprintf(prepared->name, sizeof(prepared->name), "w%" PRIu64, ++postgres->last_number);
    map_set(postgres->statements, buffer_text(&key), prepared);
    return prepared;
}

bool
postgres_statement_send_prepare(struct postgres *postgres, const struct sql_statement *statement,
                                const struct postgres_prepared *prepared)
{
    arena_reset(postgres->scratch);
    Oid *oids = arena_alloc_array(postgres->scratch, statement->param_count, sizeof(*oids));
    for (size_t i = 0; i < statement->param_count; i++)
        oids[i] = types[statement->params[i].type].oid;
    return PQsendPrepare(postgres->conn, prepared->name, statement->text, (int)statement->param_count,
                         oids) == 1;
}

static void
set_param(struct arena *arena, const struct sql_value *value, const char **out_bytes, int *out_length)
{
    *out_bytes = value->text.bytes ? value->text.bytes : "";
    *out_length = (int)value->text.length;
    if (value->type == SQL_NULL)
        *out_bytes = NULL;
    if (value->type == SQL_INT) {
        uint64_t number = htobe64((uint64_t)value->number);
        *out_bytes = arena_copy(arena, &number, sizeof(number));
        *out_length = sizeof(number);
    }
}

bool
postgres_statement_send(struct postgres *postgres, const struct sql_statement *statement,
                        const struct postgres_prepared *prepared)
{
    size_t count = statement->param_count;
    arena_reset(postgres->scratch);
    const char **values = arena_alloc_array(postgres->scratch, count, sizeof(*values));
    int *lengths = arena_alloc_array(postgres->scratch, count, sizeof(*lengths));
    int *are_binary = arena_alloc_array(postgres->scratch, count, sizeof(*are_binary));
    for (size_t i = 0; i < count; i++) {
        set_param(postgres->scratch, &statement->params[i], &values[i], &lengths[i]);
        are_binary[i] = 1;
    }
    return PQsendQueryPrepared(postgres->conn, prepared->name, (int)count, values, lengths, are_binary, 1) ==
           1;
}
