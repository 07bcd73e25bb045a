/* The declarations of workload_identity.h made real. No behaviour: verifying is the gateway's. */
#include "api/types/workload_identity.h"

DEFINE_SCHEMA(token_key, TOKEN_KEY_FIELDS, "A public key, as a JSON Web Key writes it.");
DEFINE_SCHEMA(workload_identity, WORKLOAD_IDENTITY_FIELDS, "Whose tokens are believed.");
