/* Quantities as Kubernetes writes them back: what we apply must come back equal, or every pass would find a
 * difference (k8s.io/apimachinery/pkg/api/resource: the largest suffix that needs no fraction). */
#pragma once

#include "lib/schema/schema.h"

struct arena;

/* "1000m" is "1", "1024Mi" is "1Gi", "1000" is "1k", "0.5Gi" is "512Mi". What is not a quantity stays as it
 * is: the API server says so in its own words. */
struct text quantity_canonical(struct arena *arena, struct text written);
struct text_pair_list quantities_canonical(struct arena *arena, const struct text_pair_list *written);
/* An amount in thousandths, written in the style (binary or decimal) of another, such as a sum in that of its
 * first part. */
struct text quantity_like(struct arena *arena, int64_t milli, struct text style);
