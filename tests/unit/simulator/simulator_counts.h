/* What happened, over all seeds: a world in which nothing does proves nothing. */
#pragma once

#include <stdint.h>

/* clang-format off */
#define SIM_COUNTS_LIST(C)                                                                                             \
    C(held) C(waited) C(refused) C(retried) C(left) C(overdue) C(lent) C(out_of_window) C(given_back) C(ingested)      \
    C(replayed) C(orphaned) C(late) C(killed) C(crashed) C(lowered) C(exact) C(overused) C(haunted) C(pursed)
/* clang-format on */
#define SIM_COUNT_MEMBER(NAME) int64_t NAME;
struct sim_counts {
    SIM_COUNTS_LIST(SIM_COUNT_MEMBER)
};
