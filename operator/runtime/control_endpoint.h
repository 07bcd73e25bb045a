/* The EndpointSlice of Service weir-operator-control, which has no selector: gateways reach the leader only.
 */
#pragma once

struct cluster_operator;

/* From now on it names this pod; looked at every half minute, written only when it does not. */
void control_endpoint_start(struct cluster_operator *op);
