/* Views from YAML written in the test itself. */
#pragma once

#include "operator/reconcile/plan.h"

/* Set up and torn down by the suites: TestSuite(..., .init = given_fresh_arena, .fini = end_arena). */
extern struct arena *test_arena;
void given_fresh_arena(void);
void end_arena(void);

/* All objects of a stream of valid manifests, as if read from file.yaml; a problem in them fails the test. */
struct object_list given_objects(const char *yaml);
struct reconcile_view given_view(const char *yaml);
/* The environment of the plan; there must be one of that name. */
const struct planned_environment *given_planned(const struct plan *plan, const char *environment);

/* Workspace demo with dev (Development) and prod (Production). */
extern const char *const given_workspace;
/* "---\n" and a policy; body is what stands under spec, indented by two blanks. */
const char *given_policy(const char *namespace, const char *name, const char *body);
const char *given_all(const char *first, const char *second, const char *third);

bool has_text(struct text haystack, const char *needle);
