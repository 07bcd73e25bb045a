/* A folder of manifests as a store of objects: what is in force is always the last good version of each file.
 *
 * A file that does not parse, validate or fit with the others changes nothing: its earlier objects stay. */
#pragma once

#include "operator/local/manifest.h"
#include "operator/reconcile/view.h"

struct store;

struct store *store_new(struct arena *arena, const char *folder);

/* One manifest file. */
struct store_file {
    struct text path;
    struct manifest *good;    /* in force; NULL: there never was a good version */
    struct manifest *refused; /* the newest version, when it is not good; NULL: the newest is in force */
};

struct store_files {
    const struct store_file *items;
    size_t count;
};

/* What a refresh found. changed: what is in force is not what it was before. */
struct store_refresh {
    bool changed;
    bool refusals_changed;     /* a file was refused, or is no longer */
    struct text_list folders;  /* for folder_watch_set_folders; in the arena given */
    struct text_list left_out; /* links out of the folder and such, one sentence each */
};

/* Files that are being written (asked with owner) are left for a later refresh. */
void store_wait_for_writers(struct store *store,
                            bool (*is_being_written)(const void *owner, struct text path), const void *owner);
/* Looks at the folder and reads what changed. False when the folder cannot be read: then everything stays.
 * Manifests that are no longer in force live on until store_forget_replaced, so that a plan made from them
 * stays valid until the next one is made. */
MUST_CHECK bool
store_refresh(struct store *store, struct arena *arena, struct store_refresh *out_refresh, struct error *err);
void store_forget_replaced(struct store *store);

struct store_files store_files(const struct store *store); /* valid until the next refresh */
/* Every object in force, by file and place; their memory is the manifests'. */
struct object_list store_objects(const struct store *store, struct arena *arena);
/* What refused files hold that has no good version in force. */
struct broken_object_list store_broken(const struct store *store, struct arena *arena);
/* NULL when there is no such file. */
const struct store_file *store_find_path(const struct store *store, struct text path);
/* The file that holds the object (kind, namespace and name), in its good version; NULL when none does. */
const struct store_file *
store_find_file(const struct store *store, const struct kind *kind, struct text namespace, struct text name);
