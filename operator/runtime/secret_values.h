/* Values of the Secrets that policies refer to, and only of those: asked for when the metadata watch shows a
 * version that is not held yet, wiped when nobody refers to them any more. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"
#include "operator/reconcile/view.h"

struct arena;
struct document;
struct kube_client;
struct kube_table;
struct loop;
struct secret_values;

struct secret_values_options {
    struct loop *loop;
    struct kube_client *client;
    const struct kube_table *table;                        /* Secrets, metadata only */
    void (*on_change)(void *owner, struct text namespace); /* values came, changed or could not be had */
    void *owner;
};

struct secret_values *secret_values_new(struct arena *arena, const struct secret_values_options *options);

/* One look at a namespace: begin, want each Secret that is referred to, end. What was not wanted is wiped. */
void secret_values_begin(struct secret_values *values, struct text namespace);
/* False while its values are on the way for the first time. */
bool secret_values_want(struct secret_values *values, struct text namespace, struct text name);
void secret_values_end(struct secret_values *values, struct text namespace);

/* What a view says of one value: its file and digest, or what to do so that it can be had. *out_value points
 * to what is held and is valid until the next turn of the loop. */
struct credential
secret_values_credential(struct arena *arena, const struct secret_values *values, struct text namespace,
                         const struct secret_ref *ref, struct text *out_value);
/* All values of a Secret that is held ("tls.crt"); empty: not held, or it has no such key. */
struct text secret_values_find(const struct secret_values *values, struct text namespace, struct text name,
                               struct text key);
/* Whether applying wanted would change nothing, as far as the Secret that is held tells (kube_owned.h). */
bool secret_values_is_applied(const struct secret_values *values, struct text namespace, struct text name,
                              const struct document *wanted);
/* "<secret>_<key>", or a digest when that would be no file name. */
struct text secret_values_file(struct arena *arena, const struct secret_ref *ref);
