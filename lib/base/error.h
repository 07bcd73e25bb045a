/* Why something did not work, told to whoever asked for it. */
#pragma once

#include <stdbool.h>

#include "lib/base/compiler.h"

enum error_kind {
    ERROR_NONE,
    ERROR_INVALID, /* the input is wrong; retrying cannot help */
    ERROR_NOT_FOUND,
    ERROR_CONFLICT, /* somebody else changed it first; look again, then retry */
    ERROR_DENIED,
    ERROR_UNAVAILABLE, /* may work later; retry with back-off */
    ERROR_INTERNAL,    /* our own mistake; please report */
};

struct error {
    enum error_kind kind;
    char message[512]; /* truncated, never allocated: reporting a failure must not fail */
};

/* Both return false, so a failing line is one line:
 *     return error_set(err, ERROR_INVALID, "port %d is not between 1 and 65535", port);
 *     return error_context(err, "loading %s", path);          -> "loading /etc/gw.yaml: port 0 is ..."
 * err may be NULL for a caller that only wants to know whether it worked. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);
bool error_context(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);
/* As error_set, with ": " and the words for errno_value appended. The kind follows the number:
 * ENOENT is NOT_FOUND, EACCES and EPERM are DENIED, EINVAL is INVALID, everything else UNAVAILABLE. */
bool error_set_errno(struct error *err, int errno_value, const char *format, ...) PRINTF_LIKE(3, 4);
bool error_is_worth_retrying(const struct error *err);
