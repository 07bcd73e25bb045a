/* The answers of the local API as documents: reads plan and reports, knows nothing of HTTP. */
#pragma once

#include "lib/base/text.h"

struct arena;
struct document;
struct local_operator;

struct api_question {
    struct arena *arena;
    struct text kind, name, space; /* of /v1/objects; empty: any */
    struct text environment;       /* "demo/prod" */
    struct text caller, model;
    int status;          /* 200 unless the answer sets another */
    struct text message; /* why there is no answer, when NULL is returned */
};

/* {"items": [ objects with metadata, spec and status ]} */
const struct document *api_answer_objects(struct local_operator *op, struct api_question *question);
/* An environment_report. */
const struct document *api_answer_environments(struct local_operator *op, struct api_question *question);
/* An explanation. */
const struct document *api_answer_explain(struct local_operator *op, struct api_question *question);
