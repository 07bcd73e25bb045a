/* Ten thousand worlds. WEIR_SIMULATOR_SEED=n plays one of them and tells its steps; WEIR_SIMULATOR_SEEDS=n
 * plays so many. */
#include <criterion/criterion.h>

#include "lib/base/parse.h"
#include "lib/base/text.h"
#include "tests/unit/simulator/simulator_parts.h"

TestSuite(simulator, .timeout = 600);

enum { STEPS = 400, SEEDS = 10000 };

static bool
is_asked_for(const char *name, uint64_t *out_number)
{
    const char *value = getenv(name);
    return value && parse_uint64(text_of(value), UINT64_MAX, out_number);
}

#define EXPECT_SOME(NAME) cr_expect_gt(counts->NAME, 0, "in no world anything was " #NAME);

Test(simulator, whatever_dies_no_more_is_spent_than_the_limit_and_all_that_is_spent_is_settled)
{
    static struct sim sim; /* too large for a stack */
    uint64_t first = 1, count = SEEDS;
    bool is_whole = !is_asked_for("WEIR_SIMULATOR_SEEDS", &count);
    sim.is_told = is_asked_for("WEIR_SIMULATOR_SEED", &first);
    count = sim.is_told ? 1 : count;

    for (uint64_t seed = first; seed - first < count; seed++)
        sim_run(&sim, seed, STEPS);

    const struct sim_counts *counts = &sim.counts;
    if (is_whole && !sim.is_told) {
        SIM_COUNTS_LIST(EXPECT_SOME)
    }
}
