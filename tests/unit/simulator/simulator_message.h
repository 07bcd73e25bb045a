/* What gateways and the ledger say, as ledger_frames.h has it, without the bytes; and the streams it is said
 * on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_MAX_RETURNS 160
#define SIM_MAX_MESSAGES 64

enum sim_message_kind {
    SIM_HELLO,
    SIM_WELCOME,
    SIM_ASK,
    SIM_LENT,
    SIM_GIVE_BACK,
    SIM_RETURNED,
    SIM_USAGE,
    SIM_ACK,
};

struct sim_return {
    size_t lease;
    int64_t kept;
    bool is_over;
};

struct sim_message {
    enum sim_message_kind kind;
    size_t journal; /* who says it */
    int64_t number; /* Ask, Lent, GiveBack, Returned */
    size_t account; /* Ask */
    int64_t wanted, at_least;
    size_t lease; /* Lent */
    int64_t amount, left, used, replicas;
    bool is_refused;
    int64_t first, count; /* Usage; Ack and Welcome: first is the next number */
    struct sim_return returns[SIM_MAX_RETURNS];
    size_t return_count;
};

/* A ring; what does not fit is a stream that the other side does not read. */
struct sim_stream {
    struct sim_message messages[SIM_MAX_MESSAGES];
    size_t first, count;
};

/* False: it is full. */
bool sim_stream_put(struct sim_stream *stream, const struct sim_message *message);
/* False: there is none. */
bool sim_stream_take(struct sim_stream *stream, struct sim_message *out_message);
