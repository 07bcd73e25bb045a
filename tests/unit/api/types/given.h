/* What the tests of api/types start from: an arena, a list of problems, and manifests as text. */
#pragma once

#include "api/types/object.h"
#include "lib/base/arena.h"

extern struct arena *test_arena;
extern struct problem_list test_problems;

void given_fresh_arena(void);
void end_arena(void);

/* The one document of the text. */
const struct document *given_document(const char *yaml);
/* Decoded without a problem, or the test fails naming the first. */
struct object given_object(const char *yaml);
/* Decodes and returns all problems, a line each; fails when there was no error. */
const char *refusal_of(const char *yaml);
