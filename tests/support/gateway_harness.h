/* A whole gateway in the test's process, with a provider that plays a script: real sockets on loopback, one
 * loop.
 *
 *     struct harness *harness = harness_start(config_json);      "@" in the JSON stands for the provider's
 * address harness_provider_says(harness, "HTTP/1.1 200 OK\r\n..."); struct text reply = harness_ask(harness,
 * "POST /v1/... Connection: close ...");
 *     ... harness_provider_got(harness, 0), harness_record(harness, 0) ...
 *     harness_end(harness);
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/text.h"

struct arena;
struct gateway;
struct harness;
struct ledger_link;
struct live_config_site;
struct played_ledger;
struct usage_record;

/* Wall time stands from here on, half past a minute: clock_freeze_unix(clock_unix_ms() + ...) moves it. */
struct harness *harness_start(const char *config_json);
void harness_end(struct harness *harness);
/* A new config, as from the operator. */
void harness_use_config(struct harness *harness, const char *config_json);
struct arena *harness_arena(const struct harness *harness);
struct gateway *harness_gateway(struct harness *harness);
struct live_config_site *harness_site(struct harness *harness);

/* From now on the gateway has this ledger, at a socket in the harness's folder. */
struct ledger_link *harness_use_ledger(struct harness *harness, struct played_ledger *ledger);

/* What the provider answers to its next request; without a script it answers nothing at all. */
void harness_provider_says(struct harness *harness, const char *bytes);
/* As above, in pieces of this many bytes, each in a turn of its own. */
void harness_provider_says_slowly(struct harness *harness, const char *bytes, size_t piece_bytes);
/* As above, and then the connection is closed. */
void harness_provider_says_and_closes(struct harness *harness, const char *bytes);
size_t harness_provider_requests(const struct harness *harness);
struct text harness_provider_got(const struct harness *harness, size_t index);

/* Sends the bytes and reads until the gateway closes: say "Connection: close". */
struct text harness_ask(struct harness *harness, const char *bytes);
/* As above for what is refused before it is a call: no record is waited for. */
struct text harness_ask_unrecorded(struct harness *harness, const char *bytes);
/* Where callers connect, for tests with sockets of their own. */
int harness_port(const struct harness *harness);
/* POSTs the JSON as caller `key` to the path. */
struct text harness_post(struct harness *harness, const char *path, const char *key, const char *json);
/* Sends the bytes, closes as soon as `until` bytes of the reply came, and lets the gateway finish. */
void harness_ask_and_leave(struct harness *harness, const char *bytes, size_t until);
/* From a callback: the client that asks now leaves, whatever came. */
void harness_leave(struct harness *harness);
/* Records in the journal now, decoded. */
size_t harness_record_count(struct harness *harness);
const struct usage_record *harness_record(struct harness *harness, size_t index);
