/* Which manifest files a folder holds right now: *.yaml, *.yml and *.json, sub-folders included.
 *
 * Names that begin with a dot are not looked at. Symbolic links to folders are never followed, links to files
 * only when they stay inside. Reads no file. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/compiler.h"
#include "lib/base/text.h"

struct arena;
struct error;

#define FOLDER_MAX_FILES 10000
#define FOLDER_MAX_DEPTH 32

/* Tells one version of a file from the next without reading it. */
struct file_stamp {
    dev_t device;
    ino_t inode;
    off_t bytes;
    int64_t changed_ns;
};

struct folder_file {
    struct text path; /* relative to the folder: "envs/prod.yaml" */
    struct file_stamp stamp;
};

struct folder_listing {
    struct folder_file *files; /* by path */
    size_t file_count;
    struct text_list folders;  /* relative, the folder itself ("") first: what is to be watched */
    struct text_list left_out; /* one sentence each: a link out of the folder, too many files */
};

/* False only when the folder itself cannot be read: then nothing is known, which is not the same as nothing
 * there. */
MUST_CHECK bool
folder_scan(struct arena *arena, const char *folder, struct folder_listing *out_listing, struct error *err);
bool file_stamp_equals(const struct file_stamp *a, const struct file_stamp *b);
bool folder_is_manifest_name(struct text name);
/* Whether a scan of the folder would come to this path (both absolute): it is inside, and no name on the way
 * begins with a dot. */
bool folder_would_scan(const char *folder, const char *path);
