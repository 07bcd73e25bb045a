/* Embeddings of the Echo provider: each token adds to one place of the vector, which then has length 1. So
 * equal texts have equal vectors, and texts that share words lie close together. */
#pragma once

#include <stddef.h>

#include "lib/base/text.h"

void echo_vector(struct text input, float *out_numbers, size_t dimensions);
