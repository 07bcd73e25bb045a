/* Where gateways bring their usage records and are lent from budgets, and where the operator says what
 * budgets there are: streams of api/types/ledger_frames.h.
 *
 * On a unix socket the file system decides who may dial. Over TCP a certificate does: a gateway's common name
 * must be control_gateway_subject of the workspace and environment in its hello, and only
 * CONTROL_OPERATOR_SUBJECT may bring a book. */
#pragma once

#include "lib/net/websocket.h"

struct arena;
struct error;
struct alert_sender;
struct audit_writer;
struct call_surveys;
struct ledger;
struct ledger_server;
struct loop;
struct metrics;
struct price_card;

struct ledger_server_options {
    struct loop *loop;
    struct ledger *ledger;
    struct metrics *metrics;
    struct call_surveys *surveys;  /* NULL: nobody asks which calls run */
    struct audit_writer *audit;    /* NULL: nobody chains the audit log here */
    const struct price_card *card; /* what pods cost; NULL: it is not known */
    struct alert_sender *alerts;   /* NULL: webhooks are told by somebody else */
    const char *unix_path;         /* NULL: none */
    const char *listen;            /* NULL: none; "0.0.0.0:8444", with mutual TLS by: */
    struct websocket_server_identity identity;
};

MUST_CHECK bool ledger_server_start(struct arena *arena, const struct ledger_server_options *options,
                                    struct ledger_server **out_server, struct error *err);
/* Forgets every stream; what is with the database ends by itself. */
void ledger_server_close(struct ledger_server *server);
/* New streams over TCP are met with this from now on; open ones go on. After a failure the old one holds. */
MUST_CHECK bool
ledger_server_use_identity(struct ledger_server *server, const struct websocket_server_identity *identity,
                           struct error *err);
/* Alerts were made: operators that listen hear of them now. */
void ledger_server_tell_alerts(struct ledger_server *server);
int ledger_server_port(const struct ledger_server *server); /* of `listen` */
