/* Reads one object of the Kubernetes API from its JSON bytes, in one pass and without a tree: what names it,
 * a digest of its content, and the members that a filter keeps, compact.
 *
 * Validates all of it as lib/document/json does (RFC 8259, depth), but for doubled keys, which the API
 * server's encoder does not make. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/siphash.h"
#include "operator/kube/kube_cache.h"

struct arena;
struct error;

#define KUBE_FILTER_MOST_PATHS 28
#define KUBE_LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

/* A filter made ready; lives in its arena. */
struct kube_scan_rules;
struct kube_scan_rules *kube_scan_rules_new(struct arena *arena, const struct kube_filter *filter,
                                            const uint8_t digest_key[SIPHASH_KEY_BYTES]);

/* The texts of *out_object are in scratch or in json. The digest leaves out, beside what kube_object says,
 * apiVersion and kind, which the items of a list may lack. Through a list a path leads into
 * each of its objects; its other items are kept whole.
 * INVALID names the offset; out_object is untouched then. */
MUST_CHECK bool kube_scan_object(struct arena *scratch, const struct kube_scan_rules *rules, struct text json,
                                 struct kube_object *out_object, struct error *err);
