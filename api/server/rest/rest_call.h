/* What a route's file sees: the question, decoded and allowed, and ways to answer it. */
#pragma once

#include "api/server/rest/rest.h"
#include "api/server/rest/rest_accept.h"
#include "lib/document/document.h"
#include "lib/schema/schema.h"

struct call_surveys;
struct http_call;
struct rest_call;

/* One row of the table in rest_routes.c. */
struct rest_route {
    const char *path;   /* "/v1/calls/{id}": a part in braces is a field of path_fields */
    const char *method; /* NULL: GET, and HEAD; else a change, which needs more rights than a look */
    const char *name;   /* operationId */
    const char *doc;
    const struct schema *parts;  /* of the path; NULL: it has no braces */
    const struct schema *query;  /* NULL: takes no parameters */
    const struct schema *body;   /* JSON that comes along; NULL: none is looked at */
    const struct schema *answer; /* as JSON; NULL: a document of another kind */
    unsigned formats;            /* REST_HAS_... */
    bool is_open;                /* answered whoever asks */
    bool is_made;                /* its answer is 201: something is there now */
    bool is_of_nobody;           /* holds nothing of any workspace: whoever is known may have it */
    void (*reply)(struct rest_call *call);
};

/* One question. Lives in its call's arena; its answer may come later. */
struct rest_call {
    struct rest_asking asking; /* who asks; first, so that a verdict finds its question */
    struct rest *rest;
    struct arena *arena;
    struct http_call *call;
    const struct rest_route *route;
    struct text request;               /* its id */
    struct text_pair_list found_parts; /* of the path, as they came */
    const void *parts;                 /* decoded by the route's schemas */
    const void *query;
    const void *body;
    enum rest_format format; /* what is to be answered */
    struct text next;        /* a cursor for the header x-next-cursor, where the body has no place for it */
    /* A streamed answer may go on; NULL: nobody waits. */
    void (*on_writable)(struct rest_call *call);
    void *state; /* the route's */
};

struct ledger *rest_ledger(const struct rest_call *call);
struct call_surveys *rest_surveys(const struct rest_call *call);
bool rest_is_ready(const struct rest_call *call);
struct text rest_description(const struct rest_call *call); /* the OpenAPI document */

void rest_reply_document(struct rest_call *call, const struct document *body);
/* 200, or 201, with a body that is whole; type: of its content. */
void rest_reply_text(struct rest_call *call, struct text type, struct text body);
/* 200, and then pieces by http_call_send. */
void rest_start_csv(struct rest_call *call, const char *file_name);
/* The same of any format. */
void rest_start_file(struct rest_call *call, enum rest_format format, const char *file_name);
/* An error that is the asker's: 400 "invalid_question", 404 "not_found" ... with words for him. */
void rest_refuse(struct rest_call *call, int status, struct text message);
/* What the ledger refused: 404 or 409, with its words. */
void rest_refuse_as(struct rest_call *call, const struct error *why);
/* An error that is ours: he is told which request to name, the log why. */
void rest_fail(struct rest_call *call, const struct error *why);
/* The same when a streamed reply has begun: it is cut, so that nobody takes it for whole. */
void rest_cut(struct rest_call *call, const struct error *why);
/* The reply of status 405 and of OPTIONS: what a path takes. */
void rest_reply_methods(struct rest_call *call, int status);

/* One for each file of a route. */
void rest_answer_usage(struct rest_call *call);
void rest_answer_movers(struct rest_call *call);
void rest_answer_costs(struct rest_call *call);
void rest_answer_runtime(struct rest_call *call);
void rest_answer_calls(struct rest_call *call);
void rest_answer_call(struct rest_call *call);
void rest_answer_tries(struct rest_call *call);
void rest_answer_focus(struct rest_call *call);
void rest_answer_requests(struct rest_call *call);
void rest_answer_budgets(struct rest_call *call);
void rest_answer_alerts(struct rest_call *call);
void rest_answer_callers(struct rest_call *call);
void rest_answer_keys(struct rest_call *call);
void rest_make_key(struct rest_call *call);
void rest_revoke_key(struct rest_call *call);
void rest_answer_prices(struct rest_call *call);
void rest_answer_limits(struct rest_call *call);
void rest_answer_allocation(struct rest_call *call);
void rest_answer_audit(struct rest_call *call);
void rest_answer_audit_export(struct rest_call *call);
void rest_answer_health(struct rest_call *call);
void rest_answer_ready(struct rest_call *call);
void rest_answer_description(struct rest_call *call);
