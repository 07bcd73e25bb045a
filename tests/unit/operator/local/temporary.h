/* A folder of its own for each test, gone afterwards. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/text.h"

/* TestSuite(..., .init = given_temporary_folder, .fini = end_temporary_folder) */
extern struct arena *test_arena;
extern const char *test_folder;
void given_temporary_folder(void);
void end_temporary_folder(void);

/* Paths are relative to the test's folder; parents are made. */
char *in_folder(const char *path);
void write_file(const char *path, const char *contents);
void remove_file(const char *path);
bool file_is_there(const char *path);
mode_t mode_of(const char *path);
struct text contents_of(const char *path);
