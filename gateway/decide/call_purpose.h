/* What a client says that its call is for: the run it is a part of, its end user, and tags, each by a header.
 * They are claims: nobody is let in or kept out by them, and a tag that the caller's declaration has is never
 * the client's to say. */
#pragma once

#include "api/types/usage_record.h"
#include "lib/base/compiler.h"

struct arena;
struct error;

#define CALL_PURPOSE_USER_MAX_BYTES 256

struct call_purpose {
    struct text run;            /* empty: of none */
    struct text user;           /* empty: not said by a header */
    struct text_pair_list tags; /* those that are declared of the caller, then the client's */
};

/* 1 to USAGE_RUN_MAX_BYTES visible ASCII characters. */
bool call_purpose_is_run(struct text run);
/* 1 to CALL_PURPOSE_USER_MAX_BYTES of printable UTF-8. */
bool call_purpose_is_user(struct text user);
/* "key=value, key=value" beside what is declared. ERROR_INVALID with a sentence for the client: more than
 * USAGE_MAX_CLIENT_TAGS, one that is there twice, a key that is not of a-z 0-9 . _ - or has more than 63
 * bytes, a value that is empty, has more than 128 bytes, or is not printable UTF-8. */
MUST_CHECK bool
call_purpose_read_tags(struct arena *arena, struct text header, const struct text_pair_list *declared,
                       struct text_pair_list *out_tags, struct error *err);
