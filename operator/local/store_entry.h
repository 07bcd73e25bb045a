/* What the store keeps of each file. For operator/local/store*.c only. */
#pragma once

#include "lib/base/map.h"
#include "operator/local/store.h"

struct store_entry {
    struct store_file file;
    struct file_stamp stamp;    /* of the newest version that was read */
    struct manifest *candidate; /* read in this refresh, not yet judged; NULL: the file is as it was */
    bool is_refused_for_others; /* the candidate is good by itself but does not fit with other files */
    bool is_seen;               /* it is in the listing of this refresh */
};

struct store {
    struct arena *arena;
    const char *folder;
    struct store_entry *entries; /* by path */
    size_t count, capacity;
    bool (*is_being_written)(const void *owner, struct text path); /* NULL: nobody knows */
    const void *writers;
    struct store_file *files; /* what store_files shows */
    size_t file_capacity;
    struct manifest **replaced; /* freed by store_forget_replaced */
    size_t replaced_count, replaced_capacity;
};

/* Judges all candidates together: an object may be given once. Of two files that give the same object the one
 * whose version is in force keeps it; when both are new both are refused. */
void store_find_doubles(struct store *store);
/* What the entry would put in force: its candidate unless refused, else its good version; NULL: nothing. */
const struct manifest *store_entry_wanted(const struct store_entry *entry);
/* "ModelPolicy weir-system/org-baseline": one key for each object; false when kind or name is not known. */
bool store_object_key(struct arena *arena, const struct object *object, struct text *out_key);
