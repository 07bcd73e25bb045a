/* What a replay found, added up: for each environment in all, and for each rule that would have done
 * something. */
#pragma once

#include "api/simulate/replay_rules.h"

struct arena;
struct replay_sums;

enum replay_effect {
    REPLAY_BLOCKED,       /* went through then, refused now */
    REPLAY_CLAMPED,       /* its answer would have been cut */
    REPLAY_MOVED,         /* goes to another target of the same model */
    REPLAY_NEWLY_ALLOWED, /* refused then, passes now: what it would have cost nobody knows */
    REPLAY_EFFECT_COUNT
};
extern const char *const replay_effect_names[]; /* Blocked Clamped Moved NewlyAllowed */

/* Sums of nano-USD and tokens stay at the ends of int64_t once there. */
struct replay_rule_sum {
    struct text workspace, environment;
    enum replay_effect effect;
    struct text rule; /* as `weir explain` names it; of a NewlyAllowed: the code it was refused with */
    struct text policy, place; /* who set it; place: empty when it came from no file */
    int64_t calls;
    int64_t tokens;     /* not used: of blocked calls all, of clamped ones what was cut; else 0 */
    int64_t saved_nano; /* Blocked: what they cost then. Clamped: what is cut, at the changed price.
                         * Moved: the difference; below zero: dearer. */
};

/* recorded - changed = saved by prices + saved by each rule, to the nano-dollar. */
struct replay_environment_sum {
    struct text workspace, environment;
    int64_t calls;                        /* that went through then */
    int64_t refused;                      /* then */
    int64_t effects[REPLAY_EFFECT_COUNT]; /* calls */
    int64_t unpriced;             /* calls that go on without a price, counted at what they cost then */
    int64_t recorded_nano;        /* what calls cost then */
    int64_t changed_nano;         /* what those that go on cost now */
    int64_t saved_by_prices_nano; /* of calls that go on at the same target, before clamping: then less now */
};

struct replay_sums *replay_sums_new(struct arena *arena);
struct replay_environment_sum *
replay_sums_environment(struct replay_sums *sums, struct text workspace, struct text environment);
/* The row that the effect of this rule on calls of the environment is added to. */
struct replay_rule_sum *
replay_sums_rule(struct replay_sums *sums, const struct replay_environment_sum *environment,
                 enum replay_effect effect, const struct replay_refusal *rule);
void replay_add(int64_t *sum, int64_t amount);
/* By workspace, environment, effect; then most calls first, then by rule, policy and place. */
struct replay_rule_sum *const *replay_sums_rules(struct replay_sums *sums, size_t *out_count);
/* By workspace and environment. */
struct replay_environment_sum *const *replay_sums_environments(struct replay_sums *sums, size_t *out_count);
