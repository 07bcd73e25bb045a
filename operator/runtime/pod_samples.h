/* What pods of workspaces ask for and use, every minute while this operator leads, on its way to the ledger.
 * Uses metrics.k8s.io where the cluster has it and the operator may; else it is known only what they ask for.
 *
 * Whose a pod is, its namespace says, never a label that somebody in it can write; of which Deployment, its
 * label does. The first look at a pod is only remembered: up to a minute of each is in no sample, and so is
 * the time between two leaders. */
#pragma once

struct arena;
struct cluster_operator;
struct pod_samples;

struct pod_samples *pod_samples_new(struct arena *arena, struct cluster_operator *op);
/* Leading began, and who we are towards the ledger is known. Nothing happens where there is no ledger. */
void pod_samples_begin(struct pod_samples *samples);
void pod_samples_end(struct pod_samples *samples);
/* The operator's certificate was renewed. */
void pod_samples_use_identity(struct pod_samples *samples);
