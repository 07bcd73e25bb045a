/* Which files of manifests are meant by the files and folders that a person names. */
#pragma once

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define MANIFEST_FILES_MAX 10000

/* Folders give their .yaml, .yml and .json files, those of folders in them too, hidden ones left out, in the
 * order of their names; a file is taken whatever it is called, and "-" (standard input) as it is. */
MUST_CHECK bool manifest_files_find(struct arena *arena, const struct text_list *named,
                                    struct text_list *out_paths, struct error *err);
