/* What gateway and operator say to each other over the control stream: one JSON object a WebSocket message.
 *
 * The gateway dials and says Hello; the operator answers with a Snapshot, and again at each change; the
 * gateway answers each with Ack or Nack. Epochs grow with each new leader: a snapshot of a lower epoch than
 * one seen is refused; an operator that alone may lead hears of it in the Hello and goes on above it. A
 * revision is "<generation>-<first 6 digits of hash>", hash the SHA-256 of the config's canonical JSON.
 * Secrets travel beside the config, in a cluster only: they are kept in memory, and a snapshot may come again
 * with the same revision and other secrets. */
#pragma once

#include "api/types/gateway_config.h"

#define CONTROL_MAX_FRAME_BYTES (16u * 1024 * 1024)
#define CONTROL_MAX_SECRET_BYTES 262144 /* a bundle of authorities */

enum control_frame_type { CONTROL_HELLO, CONTROL_SNAPSHOT, CONTROL_ACK, CONTROL_NACK };
extern const char *const control_frame_type_names[]; /* Hello Snapshot Ack Nack */

/* clang-format off */
#define CONTROL_HELLO_FIELDS(F, T)                                                                                     \
    F(T, TEXT, workspace, "workspace", REQUIRED, DOC("Whose gateway this is."))                                        \
    F(T, TEXT, environment, "environment", REQUIRED, DOC("Of which environment."))                                     \
    F(T, TEXT, gateway, "gateway", REQUIRED, DOC("This process: pod name, or name of the local process."))             \
    F(T, INT, pid, "pid", DEFAULT("0"), DOC("Its process id."))                                                        \
    F(T, INT, port, "port", DEFAULT("0"), RANGE(0, 65535), DOC("Where it listens for callers."))                       \
    F(T, INT, admin_port, "adminPort", DEFAULT("0"), RANGE(0, 65535), DOC("Where it serves health and metrics."))      \
    F(T, INT, epoch, "epoch", DEFAULT("0"), DOC("Highest epoch it has seen."))                                         \
    F(T, TEXT, revision, "revision", DOC("What it serves now; empty before its first config."))                        \
    F(T, TEXT, program_version, "programVersion", DOC("Its build."))
DECLARE_SCHEMA(control_hello, CONTROL_HELLO_FIELDS);

#define CONTROL_SECRET_FIELDS(F, T)                                                                                    \
    F(T, TEXT, file, "file", REQUIRED, FORMAT(file_name), DOC("The name that targets call it by."))                    \
    F(T, TEXT, value, "value", SECRET, MAX_LENGTH(CONTROL_MAX_SECRET_BYTES), DOC("What the file holds."))
DECLARE_SCHEMA(control_secret, CONTROL_SECRET_FIELDS);

#define CONTROL_SNAPSHOT_FIELDS(F, T)                                                                                  \
    F(T, INT, epoch, "epoch", REQUIRED, DOC("The leader's."))                                                          \
    F(T, TEXT, revision, "revision", REQUIRED, DOC("This version of the config."))                                     \
    F(T, TEXT, hash, "hash", REQUIRED, DOC("SHA-256 of the config's canonical JSON, 64 hex digits."))                  \
    F(T, ANY, config, "config", REQUIRED, DOC("A gateway_config."))                                                    \
    F(T, LIST(control_secret), secrets, "secrets", MAX_ITEMS(512), LIST_KEYS("file"), DOC("All credentials of the environment, beside the config and never in its hash."))
DECLARE_SCHEMA(control_snapshot, CONTROL_SNAPSHOT_FIELDS);

#define CONTROL_VERDICT_FIELDS(F, T)                                                                                   \
    F(T, INT, epoch, "epoch", REQUIRED, DOC("Of the snapshot this answers."))                                          \
    F(T, TEXT, revision, "revision", REQUIRED, DOC("Of the snapshot this answers."))                                   \
    F(T, TEXT, reason, "reason", MAX_LENGTH(4096), DOC("Why it was refused; empty in an Ack."))
DECLARE_SCHEMA(control_verdict, CONTROL_VERDICT_FIELDS);

/* clang-format on */

/* One message: only the member that belongs to its type is read or written. */
struct control_frame {
    enum control_frame_type type;
    struct control_hello hello;
    struct control_snapshot snapshot;
    struct control_verdict verdict;
};

struct arena;
struct buffer;
struct error;

/* Reads one message; refuses a frame whose member for its type is missing or wrong. */
MUST_CHECK bool control_frame_parse(struct arena *arena, struct text message, struct control_frame *out_frame,
                                    struct error *err);
/* Writes {"type": ..., "<member>": {...}} with the one member that belongs to the type. */
void control_frame_print(struct arena *arena, const struct control_frame *frame, struct buffer *out);
/* "<generation>-<6 hex digits>" and the 64 digits, for a config document. */
struct text gateway_config_hash(struct arena *arena, const struct document *config);
struct text gateway_config_revision(struct arena *arena, int64_t generation, struct text hash);
/* The common name of the operator's certificate, where it is the one that dials: towards the ledger. */
#define CONTROL_OPERATOR_SUBJECT "operator"
/* "gateway/<workspace>/<environment>": the common name of the certificate that such a gateway must show. */
struct text control_gateway_subject(struct arena *arena, struct text workspace, struct text environment);
