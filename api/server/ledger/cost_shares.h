/* What pods of models cost, hour by hour, allotted to whom they served in it. Pure. */
#pragma once

#include "api/server/ledger/usage_row.h"

/* What a ModelServer's pods cost in an hour. */
struct model_hour {
    int64_t hour_ms;
    struct text workspace, environment, deployment;
    int64_t cost_nano;
};

/* What it served in an hour to one of those who are told apart. */
struct served_hour {
    int64_t hour_ms;
    struct text workspace, environment, provider; /* self-hosted/<deployment> */
    struct text by[USAGE_DIMENSION_COUNT];        /* empty where it is not told apart */
    int64_t tokens, media_ms, requests;
};

struct cost_shares;

/* Every hour is allotted as runtime_allot does it: served must have all that was served in each of the hours,
 * what is of one hour and model side by side. Texts must live as long as the arena. */
struct cost_shares *cost_shares_new(struct arena *arena, const struct model_hour *hours, size_t hour_count,
                                    const struct served_hour *served, size_t served_count);
/* Nano-USD of all hours that these bear. */
int64_t cost_shares_of(const struct cost_shares *shares, const struct text *by);
/* What nobody bears: of hours in which nothing was served. All shares and this are the hours' cost. */
int64_t cost_shares_idle(const struct cost_shares *shares);
