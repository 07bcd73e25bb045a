/* One environment under passes, one after the other, each beside what the one before wrote down. */
#pragma once

#include "operator/reconcile/plan.h"

#define NOON 1795348800000LL /* 2026-11-22T12:00:00Z */
#define HOUR (60 * 60 * 1000LL)

/* A cluster as far as this needs one: the effective object of demo-prod is what the last pass made of it. */
struct loosening_cluster {
    const char *workspace;
    const char *effective; /* its manifest as JSON; NULL before the first pass */
    const char *approval;
    int64_t now_ms;
    struct reconcile_view view;
    struct plan *plan;
};

/* A pass over the workspace and these policies; what is planned for prod. */
const struct planned_environment *cluster_pass(struct loosening_cluster *cluster, const char *policies);
/* What somebody writes into the annotation, after the pass that asked for it. */
void cluster_approve(struct loosening_cluster *cluster, struct text hash);
