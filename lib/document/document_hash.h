/* Telling whether a document is still the same, when only a number of it can be kept. */
#pragma once

#include "lib/document/document.h"

/* The same for documents that document_equals and whose keys are in the same order; places do not count. For
 * any two others it is the same only by chance: for fewer of the 2^64 secrets than one in 2^61 for each four
 * bytes of them, so the secret must be random and stay in the process. */
uint64_t document_hash(const struct document *document, uint64_t secret);
