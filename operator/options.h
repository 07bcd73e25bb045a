/* What weir-operator was asked to do on its command line. */
#pragma once

#include "operator/local/local_operator.h"
#include "operator/local/local_plan.h"
#include "operator/runtime/cluster_operator.h"

struct error;

struct options {
    struct local_options local;
    struct cluster_options cluster;
    struct local_plan_options plan;
    bool is_cluster;   /* else a laptop: local */
    bool is_plan;      /* of a laptop, printed instead of running */
    bool is_self_test; /* of a cluster, instead of running */
    bool wants_help;
    bool wants_version;
};

/* Texts point into arguments and environment. is_terminal decides between transcript and JSON when neither
 * --json nor --output does. */
MUST_CHECK bool
options_parse(int count, char **arguments, bool is_terminal, struct options *out_options, struct error *err);
const char *options_help(void);
