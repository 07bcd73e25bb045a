/* The folder of provider keys in a pod: in memory, written from what the operator sends beside a config, read
 * by the configs that name its files. */
#pragma once

#include "api/types/control_frames.h"
#include "lib/base/compiler.h"

struct error;

/* Makes the folder (mode 0700) if it is not there. */
MUST_CHECK bool credentials_open(const char *folder, struct error *err);
/* Writes each secret as a file of mode 0600, whole or not at all. A name that is no plain file name is
 * refused before anything is written. Errors name files, never values. */
MUST_CHECK bool
credentials_write(const char *folder, const struct control_secret_list *secrets, struct error *err);
/* Removes every file that is not of these; what cannot be removed is left for the next time. */
void credentials_prune(const char *folder, const struct control_secret_list *secrets);
/* Wipes the values, once they are written. */
void credentials_forget(const struct control_secret_list *secrets);
