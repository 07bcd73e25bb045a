/* Temporary folders and what tests put into them. */
#include "tests/unit/operator/local/temporary.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/file.h"

enum { OPEN_FOLDERS = 16, MOST_BYTES = 1 << 20 };

struct arena *test_arena;
const char *test_folder;

void
given_temporary_folder(void)
{
    test_arena = arena_new(0);
    char *template = text_c_string(test_arena, TEXT("/tmp/weir-test-XXXXXX"));
    test_folder = mkdtemp(template);
    cr_assert(test_folder);
}

static int
remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void
end_temporary_folder(void)
{
    nftw(test_folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    arena_free(test_arena);
}

char *
in_folder(const char *path)
{
    return text_c_string(test_arena, text_format(test_arena, "%s/%s", test_folder, path));
}

void
write_file(const char *path, const char *contents)
{
    char *full = in_folder(path);
    for (char *at = full + strlen(test_folder) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        (void)mkdir(full, 0755);
        *at = '/';
    }
    FILE *file = fopen(full, "we");
    cr_assert(file, "%s", full);
    cr_assert_eq(fwrite(contents, 1, strlen(contents), file), strlen(contents));
    fclose(file);
}

void
remove_file(const char *path)
{
    cr_assert_eq(remove(in_folder(path)), 0);
}

bool
file_is_there(const char *path)
{
    return access(in_folder(path), F_OK) == 0;
}

mode_t
mode_of(const char *path)
{
    struct stat status;
    cr_assert_eq(stat(in_folder(path), &status), 0, "%s", path);
    return status.st_mode & 07777;
}

struct text
contents_of(const char *path)
{
    struct text bytes = {0};
    cr_assert(file_read(test_arena, in_folder(path), MOST_BYTES, &bytes, NULL), "%s", path);
    return bytes;
}
