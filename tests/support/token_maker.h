/* Makes what the code under test only verifies: keys, and tokens signed with them. */
#pragma once

#include "lib/net/jwt.h"

struct arena;
struct token_maker;

/* A key of its own for one of RS256, RS384, RS512, ES256, ES384; ends with the arena. */
struct token_maker *token_maker_new(struct arena *arena, const char *alg, const char *kid);
/* Its public half, as a JSON Web Key writes it. */
struct jwt_key token_maker_key(const struct token_maker *maker);
/* Signs these claims, a JSON object, under {"alg":...,"kid":...}. */
struct text token_maker_sign(const struct token_maker *maker, struct text claims);
/* The same under a header of the test's, whatever it says. */
struct text token_maker_sign_as(const struct token_maker *maker, struct text header, struct text claims);
