/* Says what a text is and what it should have been. */
#pragma once

#include <criterion/criterion.h>

#include "lib/base/text.h"

#define expect_text(...) expect_text_at(__LINE__, __VA_ARGS__)

static inline void
expect_text_at(int line, struct text actual, const char *wanted)
{
    cr_assert(text_equals(actual, text_of(wanted)), "line %d: \"%.*s\" is not \"%s\"", line, TEXT_ARG(actual),
              wanted);
}
