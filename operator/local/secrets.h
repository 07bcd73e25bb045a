/* Secret manifests resolved as a cluster would mount them: each value in a file of its own, mode 0600, in the
 * state folder.
 *
 * Values are never logged and never in a config. */
#pragma once

#include "operator/reconcile/view.h"

struct error;
struct secrets;
struct state_folder;

/* manifests is the folder that from-file paths start from (with the manifest's own folder). */
struct secrets *secrets_new(struct arena *arena, const struct state_folder *state, const char *manifests);
/* Writes the values of every Secret among the objects (only what changed) and removes the files of those that
 * are gone. A value that cannot be had (variable not set, file not there) is a credential with `missing`, not
 * an error. */
MUST_CHECK bool
secrets_resolve(struct secrets *secrets, struct arena *arena, const struct object_list *objects,
                struct credential_list *out_credentials, struct error *err);
/* Removes every file. */
void secrets_wipe(struct secrets *secrets);
