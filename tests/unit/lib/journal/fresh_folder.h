/* A fresh folder for each test, gone after it, and whole files in it. */
#pragma once

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define FIRST_SEGMENT "00000000000000000000.log"

static struct arena *arena;
static char folder[64];
static struct error err;

static inline const char *
path_of(const char *name)
{
    return text_c_string(arena, text_format(arena, "%s/%s", folder, name));
}

static inline void
empty_folder(void)
{
    DIR *walk = opendir(folder);
    struct dirent *entry;
    while (walk && (entry = readdir(walk)) != NULL)
        unlink(path_of(entry->d_name));
    if (walk)
        closedir(walk);
}

static inline void
begin(void)
{
    arena = arena_new(0);
    err = (struct error){0};
    snprintf(folder, sizeof(folder), "/tmp/weir-journal-test-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static inline void
end(void)
{
    empty_folder();
    rmdir(folder);
    arena_free(arena);
}

static inline struct text
load_file(const char *name)
{
    struct buffer bytes;
    int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
    buffer_init(&bytes, arena, 4096);
    cr_assert_geq(fd, 0, "no file %s", name);
    ssize_t count;
    while ((count = read(fd, buffer_reserve(&bytes, 4096), 4096)) > 0)
        buffer_grew(&bytes, (size_t)count);
    close(fd);
    return buffer_text(&bytes);
}

static inline void
store_file(const char *name, struct text bytes)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes.bytes, bytes.length), (ssize_t)bytes.length);
    close(fd);
}

static inline bool
has_file(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}
