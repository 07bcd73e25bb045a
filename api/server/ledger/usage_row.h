/* What the ledger reads of one usage record: who, what model, when, how much. The record itself is kept as it
 * came, so a gateway newer than the ledger loses nothing. */
#pragma once

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct arena;
struct error;

/* By what usage is told apart, in the order of the columns. */
enum usage_dimension {
    USAGE_BY_WORKSPACE,
    USAGE_BY_ENVIRONMENT,
    USAGE_BY_TEAM,
    USAGE_BY_CALLER,
    USAGE_BY_DEPLOYMENT,
    USAGE_BY_MODEL,
    USAGE_BY_PROVIDER,
    USAGE_BY_TARGET_MODEL,
    USAGE_BY_OUTCOME,
    USAGE_DIMENSION_COUNT
};
/* As records, questions and columns call them. */
extern const char *const usage_dimension_names[]; /* workspace environment team ... outcome, NULL */
extern const char *const usage_dimension_columns[];

/* What a caller chooses is in them: all nine together fit into one entry of PostgreSQL's index (2,704 bytes).
 */
#define USAGE_DIMENSION_MAX_BYTES 256
#define USAGE_ID_MAX_BYTES 64
/* A run, or a tag's value: beside the nine and a tag's key there is room for so much in an entry of the
 * index. */
#define USAGE_PURPOSE_MAX_BYTES 128
#define USAGE_TAG_KEY_MAX_BYTES 63

struct usage_row {
    struct text id;
    bool is_earlier;  /* another try was made after it: its call is counted by another record */
    struct text call; /* of an earlier try: the id of its call's last record; otherwise empty */
    bool is_try;      /* of a try that reached a provider */
    int64_t time_ms;
    /* Empty: not known. What is longer than USAGE_DIMENSION_MAX_BYTES is cut, and a NUL is U+FFFD. */
    struct text by[USAGE_DIMENSION_COUNT];
    struct text run; /* empty: of none */
    struct text_pair_list
        purposes; /* what it was for: "run" and its id, "tool" and its name, "tag:KEY" and its value */
    struct usage_vector used;
    int64_t cost_nano;                /* 0 when it has none; of what has a price, where only some has */
    bool is_priced;                   /* all that was used is in the cost */
    struct usage_charge_list charges; /* what it is charged to; at most USAGE_MAX_CHARGES */
    struct text record;
};

/* Texts are inside the record, or in the arena where they had escapes. ERROR_INVALID: no object, something
 * needed is missing, a count is no count, an id, a cost or a charge is beyond its bound. */
MUST_CHECK bool
usage_row_read(struct arena *arena, struct text record, struct usage_row *out_row, struct error *err);
