/* The file under the table of calls in flight: its head, its version, and what is kept aside. For in_flight.c
 * only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/compiler.h"

struct arena;
struct error;

/* A file of our layout, of this machine's present boot, that has at least its head. */
MUST_CHECK bool in_flight_file_open(struct arena *arena, const char *folder, int *out_fd, size_t *out_bytes,
                                    struct error *err);
/* Makes it longer by so many zeros, which are on the disk then. */
MUST_CHECK bool in_flight_file_grow(int fd, size_t from, size_t bytes);
