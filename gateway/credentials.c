/* Secrets to files and no further: nothing here logs, and nothing keeps a value. */
#include "gateway/credentials.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/digest.h"
#include "lib/schema/text_format.h"

/* In a pod the folder is an emptyDir: it belongs to root and is open to the pod's own group, and its mode is
 * not ours to set. */
static bool
is_given_to_us(const char *folder)
{
    struct stat status;
    return stat(folder, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid != geteuid() &&
           access(folder, W_OK | X_OK) == 0;
}

bool
credentials_open(const char *folder, struct error *err)
{
    if (is_given_to_us(folder))
        return true;
    return file_make_folders(folder, 0700, err) && file_make_folder(folder, 0700, err);
}

static bool
has_plain_names(const struct control_secret_list *secrets, struct error *err)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (!text_format_file_name.accepts(secrets->items[i].file))
            return error_set(err, ERROR_INVALID, "secret %zu has a name that is no plain file name", i + 1);
    return true;
}

bool
credentials_write(const char *folder, const struct control_secret_list *secrets, struct error *err)
{
    if (!has_plain_names(secrets, err))
        return false;
    scoped_arena struct arena *scratch = arena_new(0);
    for (size_t i = 0; i < secrets->count; i++) {
        const struct control_secret *secret = &secrets->items[i];
        const char *path =
            text_c_string(scratch, text_format(scratch, "%s/%.*s", folder, TEXT_ARG(secret->file)));
        if (!file_write_atomic(path, secret->value, 0600, err))
            return error_context(err, "keeping a credential");
    }
    return true;
}

static bool
is_wanted(const struct control_secret_list *secrets, struct text name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (text_equals(secrets->items[i].file, name))
            return true;
    return false;
}

void
credentials_prune(const char *folder, const struct control_secret_list *secrets)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    while (listing && (entry = readdir(listing)))
        if (entry->d_type == DT_REG && !is_wanted(secrets, text_of(entry->d_name)))
            (void)unlinkat(dirfd(listing), entry->d_name, 0);
    if (listing)
        closedir(listing);
}

void
credentials_forget(const struct control_secret_list *secrets)
{
    for (size_t i = 0; i < secrets->count; i++)
        digest_forget((void *)(uintptr_t)secrets->items[i].value.bytes, secrets->items[i].value.length);
}
