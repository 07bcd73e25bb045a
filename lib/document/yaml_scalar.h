/* What a YAML scalar without quotes means: the core schema of YAML 1.2 with what JSON cannot say refused. */
#pragma once

#include "lib/document/document.h"

/* A null, a bool, a number in JSON's grammar (0x1f becomes 31, +.5 becomes 0.5) or text. False, with a static
 * reason, for what readers disagree about (0644) and numbers that JSON does not have (.inf). The text is not
 * copied. */
MUST_CHECK bool yaml_scalar_resolve(struct arena *arena, struct text plain, struct document **out_document,
                                    const char **out_reason);
/* Whether readers of YAML 1.1 (Kubernetes' clients) and 1.2 disagree about it: yes, on, n, 1_000. Keys are
 * asked too. */
bool yaml_scalar_is_disputed(struct text plain);
