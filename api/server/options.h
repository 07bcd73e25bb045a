/* What weir-api is started with: flags only, each with a word of help. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct buffer;
struct error;

struct server_options {
    struct text database;      /* sqlite:PATH or postgresql://... */
    const char *database_file; /* holds that URL, for one with a password in it */
    const char *usage_socket;  /* where gateways of this machine dial; NULL: none */
    const char *usage_listen;  /* where those of a cluster dial; NULL: none */
    const char *usage_certificate, *usage_key, *usage_ca;
    const char *rest_socket;                    /* where people of this machine ask; NULL: none */
    const char *rest_listen;                    /* where others ask; NULL: none */
    const char *rest_certificate, *rest_key;    /* of TLS there; NULL: plain */
    const char *rest_token;                     /* the file of the token that they show; NULL: none */
    const char *rest_kubernetes, *rest_account; /* the API server that knows them, and who we are there */
    const char *rest_oidc;  /* the file that says whose tokens are believed, and what for; NULL: nobody's */
    const char *alert_key;  /* the file of what webhooks' messages are signed with; NULL: they are not */
    struct text alert_keep; /* how many days, as it was given; empty: as many as usual */
    int64_t alert_keep_days;
    const char *price_card;        /* the file of what pods cost; NULL: it is not known */
    const char *admin;             /* ADDR:PORT of health and metrics; NULL: none */
    const char *audit_checkpoints; /* the folder of signed checkpoints; NULL: none are made */
    const char *audit_former_keys; /* public ones that they were signed with before; NULL: none */
    const char *audit_key;         /* that they are signed with; NULL: one of the folder's own */
    struct text audit_keep;        /* how many days, as it was given; empty: for ever */
    int64_t audit_keep_days;       /* 0: for ever */
    bool ends_with_parent;         /* when the program that started it is gone */
    bool wants_help;
    bool wants_version;
};

/* arguments end with NULL. ERROR_INVALID says which flag is wrong and what it wants. */
MUST_CHECK bool server_options_parse(struct arena *arena, char **arguments,
                                     struct server_options *out_options, struct error *err);
void server_options_print_help(struct buffer *out);
