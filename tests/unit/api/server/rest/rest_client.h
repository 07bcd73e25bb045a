/* Asks over a real socket, as whoever a header says, and reads the reply. */
#pragma once

#include "lib/base/buffer.h"
#include "lib/document/document.h"
#include "lib/net/http1.h"
#include "tests/unit/api/server/rest/rest_rig.h"

#define SPENT(ID, TIME, WORKSPACE)                                                                           \
    RECORD_OF(ID, TIME, WORKSPACE, ",\"provider\":\"acme\",\"model\":\"m1\",\"cost\":\"0.5\"") "\n"

/* One reply, read to its end. */
struct reply {
    int fd;
    struct buffer bytes;
    struct loop_io *io;
    bool is_over;
    int status;
    struct http_response_head head;
    struct text body;
};

extern struct ledger *rest_asked_ledger;
extern struct text rest_asked_about; /* the workspace that the last question that was judged is about */

/* Two calls of demo, 01A and 01B, and 01C of other. */
void given_rest(void);
/* who: "demo" may see that workspace, "all" all, "none" none; "" is nobody. more: header lines. */
struct reply *ask_as(const char *who, const char *line, const char *more);
const struct document *json_of(const struct reply *reply);
void expect_error(const struct reply *reply, int status, const char *code);
void expect_text(const struct document *map, const char *path, const char *wanted);
