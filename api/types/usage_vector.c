/* The declaration of usage_vector.h made real, and its sums. */
#include "api/types/usage_vector.h"

DEFINE_SCHEMA(usage_vector, USAGE_VECTOR_FIELDS, "What one call used, in disjoint classes.");

_Static_assert(COUNT_OF(usage_vector_fields) == USAGE_CLASS_COUNT, "a field for each class, in its order");
#define FIRST_BYTE offsetof(struct usage_vector, input_tokens)
_Static_assert(offsetof(struct usage_vector, requests) ==
                   FIRST_BYTE + (USAGE_CLASS_COUNT - 1) * sizeof(int64_t),
               "counts stand side by side");

int64_t
usage_vector_count(const struct usage_vector *vector, enum usage_class which)
{
    return ((const int64_t *)((const char *)vector + FIRST_BYTE))[which];
}

void
usage_vector_set(struct usage_vector *vector, enum usage_class which, int64_t count)
{
    ((int64_t *)((char *)vector + FIRST_BYTE))[which] = count;
}

int64_t
usage_vector_prompt_tokens(const struct usage_vector *vector)
{
    return vector->input_tokens + vector->cache_read_tokens + vector->cache_write_tokens +
           vector->cache_write_1h_tokens + vector->audio_input_tokens + vector->image_input_tokens;
}

int64_t
usage_vector_answer_tokens(const struct usage_vector *vector)
{
    return vector->output_tokens + vector->reasoning_tokens + vector->audio_output_tokens +
           vector->image_output_tokens;
}

int64_t
usage_vector_tokens(const struct usage_vector *vector)
{
    return usage_vector_prompt_tokens(vector) + usage_vector_answer_tokens(vector);
}
