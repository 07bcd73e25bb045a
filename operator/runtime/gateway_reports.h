/* How the gateways of a workspace's environments are: what they were told, and who has it. */
#pragma once

#include "operator/reconcile/cluster_view.h"

struct arena;
struct cluster_operator;
struct workspace_record;

/* record NULL: nothing is known yet. */
struct gateway_report_list
gateway_reports(struct arena *arena, const struct cluster_operator *op, const struct cluster_view *view,
                const struct workspace_record *record);
