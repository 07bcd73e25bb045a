/* GET /healthz, /readyz and /openapi.json */
#include "api/server/rest/rest_call.h"
#include "api/types/rest_answers.h"

static void reply_state(struct rest_call *call, const char *status);

void
rest_answer_health(struct rest_call *call)
{
    reply_state(call, "ok");
}

/* Why not is in the log and at the admin port: whoever asks here may be anybody. */
void
rest_answer_ready(struct rest_call *call)
{
    if (rest_is_ready(call))
        reply_state(call, "ok");
    else
        rest_refuse(call, 503, TEXT("the ledger's database is not reached"));
}

void
rest_answer_description(struct rest_call *call)
{
    rest_reply_text(call, rest_format_type(REST_JSON), rest_description(call));
}

static void
reply_state(struct rest_call *call, const char *status)
{
    const struct rest_state state = {.status = text_of(status)};
    rest_reply_document(call, schema_encode(call->arena, &rest_state_schema, &state, SCHEMA_ENCODE_PLAIN));
}
