/* The catalogue of inference engines: image, port, how each is told its model and asked whether it is ready.
 */
#pragma once

#include "operator/objects/workload_pod.h"

/* Where the container sees what. */
#define MODEL_CACHE_FOLDER "/cache"  /* weights that the engine fetches itself */
#define MODEL_CLAIM_FOLDER "/models" /* pvc://claim/path is MODEL_CLAIM_FOLDER/path */

/* What an engine can be told; what it cannot is refused, never left out. */
enum engine_takes {
    TAKES_ARGS = 1,
    TAKES_REVISION = 2, /* of weights from hf:// */
    TAKES_KEY = 4,      /* HF_TOKEN */
    TAKES_TENSOR = 8,
    TAKES_PIPELINE = 16,
    TAKES_ADAPTERS = 32,
};

struct engine_entry {
    const char *image; /* NULL: the user's */
    int64_t port;
    const char *health_path; /* NULL: asked by a command instead */
    bool has_shared_memory;  /* its processes share tensors through /dev/shm */
    const char *uri_schemes; /* "hf:// pvc://": where it takes weights from */
    unsigned takes;          /* of enum engine_takes */
    /* Command, arguments and variables; the user's arguments come after. */
    void (*put)(struct pod_parts *parts, const struct model_server_workload *server, struct text name);
};

const struct engine_entry *engine_find(enum model_engine engine);
/* What the server calls its model: the spec's word, or the Deployment's name. */
struct text model_server_model(const struct deployment *deployment);
/* ERROR_INVALID with advice when the engine cannot do what is asked of it. */
MUST_CHECK bool model_server_check(const struct deployment *deployment, struct error *err);
/* pvc://claim/path taken apart; false for any other. */
bool claim_uri_parse(struct text uri, struct text *out_claim, struct text *out_path);
