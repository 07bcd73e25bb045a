/* COPY ... FROM STDIN: rows as text, a bounded piece at a time, the next one when the socket took the last.
 *
 * The text form, because it does not ask how wide a column is:
 * https://www.postgresql.org/docs/15/sql-copy.html */
#include <postgresql/libpq-fe.h>

#include "lib/base/arena.h"
#include "lib/sql/postgres_private.h"

enum { PIECE_BYTES = 64 * 1024, PIECES_A_TURN = 16 };

static bool
add_rows(struct buffer *piece, const struct sql_copy_source *copy, bool *out_more, struct error *err);
static void add_row(struct buffer *piece, const struct sql_value *values, size_t count);
static void add_text(struct buffer *piece, struct text text);
static void add_bytes(struct buffer *piece, struct text bytes);

void
postgres_copy_feed(struct postgres *postgres)
{
    const struct postgres_command *command = &postgres->commands[postgres->first_command];
    for (int pieces = 0; pieces < PIECES_A_TURN && postgres->transaction.is_copying && !postgres->is_broken &&
                         PQflush(postgres->conn) == 0;
         pieces++) {
        const struct sql_copy_source *copy = postgres->db->running->statements[command->statement].copy;
        struct buffer piece;
        struct error why = {0};
        bool more = false;
        arena_reset(postgres->scratch);
        buffer_init(&piece, postgres->scratch, PIECE_BYTES);
        if (!add_rows(&piece, copy, &more, &why)) {
            sql_work_blame(postgres->db->running, command->statement, &why);
            postgres_work_fail(postgres, &why);
            postgres_copy_give_up(postgres);
            return;
        }
        bool is_sent = PQputCopyData(postgres->conn, piece.bytes, (int)piece.length) == 1 &&
                       (more || PQputCopyEnd(postgres->conn, NULL) == 1);
        postgres->is_broken = !is_sent;
        postgres->transaction.is_copying = more;
    }
}

/* The server answers with an error, and the transaction is rolled back. */
void
postgres_copy_give_up(struct postgres *postgres)
{
    postgres->transaction.is_copying = false;
    if (PQputCopyEnd(postgres->conn, "given up by the client") != 1)
        postgres->is_broken = true;
}

static bool
add_rows(struct buffer *piece, const struct sql_copy_source *copy, bool *out_more, struct error *err)
{
    struct sql_value *values = arena_alloc_array(piece->arena, copy->column_count, sizeof(*values));
    *out_more = true;
    while (*out_more && piece->length < PIECE_BYTES) {
        if (!sql_copy_next(copy, values, out_more, err))
            return false;
        if (*out_more)
            add_row(piece, values, copy->column_count);
    }
    return true;
}

static void
add_row(struct buffer *piece, const struct sql_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_byte(piece, '\t');
        switch (values[i].type) {
        case SQL_NULL:
            buffer_add_string(piece, "\\N");
            break;
        case SQL_INT:
            buffer_add_int(piece, values[i].number);
            break;
        case SQL_TEXT:
            add_text(piece, values[i].text);
            break;
        case SQL_BYTES:
            add_bytes(piece, values[i].text);
            break;
        }
    }
    buffer_add_byte(piece, '\n');
}

static void
add_text(struct buffer *piece, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.bytes[i];
        if (byte == '\\' || byte == '\t' || byte == '\n' || byte == '\r')
            buffer_add_byte(piece, '\\');
        buffer_add_byte(piece, byte == '\t' ? 't' : byte == '\n' ? 'n' : byte == '\r' ? 'r' : byte);
    }
}

/* bytea's hex form, its backslash escaped for COPY. */
static void
add_bytes(struct buffer *piece, struct text bytes)
{
    static const char digits[] = "0123456789abcdef";
    buffer_add_string(piece, "\\\\x");
    char *at = buffer_reserve(piece, 2 * bytes.length);
    buffer_grew(piece, 2 * bytes.length);
    for (size_t i = 0; i < bytes.length; i++) {
        *at++ = digits[(unsigned char)bytes.bytes[i] >> 4];
        *at++ = digits[(unsigned char)bytes.bytes[i] & 0xF];
    }
}
