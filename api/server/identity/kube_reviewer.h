/* Asks a Kubernetes API server for reviews, as our own ServiceAccount. One or two a question at most: answers
 * are kept by whoever asks. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;
struct kube_reviewer;
struct loop;

struct kube_reviewer_options {
    struct loop *loop;
    struct text server;  /* "https://10.96.0.1:443" */
    const char *account; /* the folder of token and ca.crt; read again each minute, for both rotate */
};

struct kube_question {
    const char *path;
    struct text body;
    /* Once, from the loop; why is NULL when there is an answer. It is logged already. */
    void (*on_answer)(void *owner, struct text answer, const struct error *why);
    void *owner;
};

/* Reads the account's files once. */
MUST_CHECK bool kube_reviewer_open(struct arena *arena, const struct kube_reviewer_options *options,
                                   struct kube_reviewer **out_reviewer, struct error *err);
/* Ending the arena forgets it. UNAVAILABLE, and nothing comes: too many are asked just now. */
MUST_CHECK bool kube_reviewer_ask(struct arena *arena, struct kube_reviewer *reviewer,
                                  const struct kube_question *question, struct error *err);
