/* The process_* families every Prometheus client has, read from /proc when somebody looks. */
#pragma once

#include <stdint.h>

struct arena;
struct metrics;
struct process_metrics;

struct process_metrics *
process_metrics_new(struct arena *arena, struct metrics *metrics, int64_t start_unix_ms);
/* Reads them anew; call before metrics_print. What cannot be read keeps its last value. */
void process_metrics_update(struct process_metrics *process);
