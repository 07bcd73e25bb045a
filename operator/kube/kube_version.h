/* Which of two resourceVersions is the newer: decimal numbers of any size since Kubernetes 1.35 (KEP-5504),
 * compared by length and then by bytes. Never read as integers. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

/* An empty version is older than any other. */
bool kube_version_is_newer(struct text version, struct text than);
