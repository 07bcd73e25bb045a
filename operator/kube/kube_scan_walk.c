/* Any JSON value, validated and copied in runs: from an API server it has no blanks, so that a whole subtree
 * is one copy. No recursion: what is open is a stack of bits. */
#include "operator/kube/kube_scan_walk.h"

#include <stdint.h>

#include "lib/document/json_scan.h"

struct span {
    struct kube_walk *walk;
    unsigned sinks;
    const char *run; /* from here to lex.at nothing has been emitted yet */
    uint64_t open;   /* the lowest bit is the innermost: 1 an object, 0 an array */
    unsigned depth;  /* containers open inside the span */
    unsigned most;   /* that may be open */
};

static bool span_value(struct span *span);
static bool span_after_value(struct span *span);

void
kube_walk_emit(struct kube_walk *walk, unsigned sinks, struct text bytes)
{
    if (sinks & KUBE_SINK_DIGEST)
        siphash_add(&walk->digest, bytes.bytes, bytes.length);
    if (sinks & KUBE_SINK_KEEP) {
        memcpy(walk->kept + walk->kept_length, bytes.bytes, bytes.length);
        walk->kept_length += bytes.length;
    }
}

static void
emit_run(struct span *span)
{
    const char *at = span->walk->lex.at;
    kube_walk_emit(span->walk, span->sinks, (struct text){span->run, (size_t)(at - span->run)});
    span->run = at;
}

bool
kube_walk_value(struct kube_walk *walk, unsigned sinks, unsigned depth)
{
    struct span span = {
        .walk = walk, .sinks = sinks, .run = walk->lex.at, .most = JSON_SCAN_MAX_DEPTH - depth};
    do {
        if (!span_value(&span) || !span_after_value(&span))
            return false;
    } while (span.depth > 0);
    emit_run(&span);
    return true;
}

static void
span_blanks(struct span *span)
{
    struct json_lex *lex = &span->walk->lex;
    if (lex->at == lex->end || (unsigned char)*lex->at > ' ')
        return;
    emit_run(span);
    json_lex_blanks(lex);
    span->run = lex->at;
}

static bool
span_key(struct span *span)
{
    struct json_lex *lex = &span->walk->lex;
    if (lex->at == lex->end || *lex->at != '"')
        return json_lex_fail(lex, "a key in quotes is expected here");
    if (!json_lex_string(lex))
        return false;
    span_blanks(span);
    if (lex->at == lex->end || *lex->at != ':')
        return json_lex_fail(lex, "':' is expected after the key");
    lex->at++;
    span_blanks(span);
    return true;
}

/* A value up to its end; but of a container that is not empty only the beginning, up to its first scalar. */
static bool
span_value(struct span *span)
{
    struct json_lex *lex = &span->walk->lex;
    for (;;) {
        if (lex->at == lex->end)
            return json_lex_fail(lex, "the text ends where a value is expected");
        if (*lex->at != '{' && *lex->at != '[')
            return json_lex_scalar(lex);
        if (span->depth == span->most)
            return json_lex_fail(lex, "nested more than 64 deep");

        bool is_object = *lex->at == '{';
        span->open = span->open << 1 | is_object;
        span->depth++;
        lex->at++;
        span_blanks(span);
        if (lex->at < lex->end && *lex->at == (is_object ? '}' : ']'))
            return true; /* span_after_value closes it */
        if (is_object && !span_key(span))
            return false;
    }
}

/* Closes what ends here; then stands at the next value, or nothing is open any more. */
static bool
span_after_value(struct span *span)
{
    struct json_lex *lex = &span->walk->lex;
    while (span->depth > 0) {
        bool is_object = span->open & 1;
        span_blanks(span);
        if (lex->at == lex->end)
            return json_lex_fail(lex, "the text ends before everything is closed");
        if (*lex->at == ',') {
            lex->at++;
            span_blanks(span);
            return !is_object || span_key(span);
        }
        if (*lex->at != (is_object ? '}' : ']'))
            return json_lex_fail(lex,
                                 is_object ? "',' or '}' is expected here" : "',' or ']' is expected here");
        lex->at++;
        span->open >>= 1;
        span->depth--;
    }
    return true;
}

bool
kube_walk_key(struct json_lex *lex, struct text *out_key)
{
    const char *start = lex->at;
    if (lex->at == lex->end || *lex->at != '"')
        return json_lex_fail(lex, "a key in quotes is expected here");
    if (!json_lex_string(lex))
        return false;
    *out_key = (struct text){start, (size_t)(lex->at - start)};
    json_lex_blanks(lex);
    if (lex->at == lex->end || *lex->at != ':')
        return json_lex_fail(lex, "':' is expected after the key");
    lex->at++;
    json_lex_blanks(lex);
    return true;
}
