/* Whether a file that is there can be relied on.
 *
 * Stores into the map are never synced. While the machine runs the kernel has every one of them; when it has
 * died since, slots may be as they were long ago, of calls whose records were written and shipped since. So a
 * table of another boot makes no records: its leases count as spent, as if there were none. */
#include "gateway/in_flight_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

#include "gateway/decide/in_flight_slot.h"
#include "gateway/in_flight.h"
#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/error.h"
#include "lib/base/log.h"

enum { BOOT_ID_BYTES = 36 };

struct head {
    char magic[8];
    uint32_t layout;
    char boot[BOOT_ID_BYTES];
};

static struct head wanted_head(void);
static bool look(const char *path, const struct head *wanted, const char **out_wrong);
static bool has_calls(int fd);
static bool begin(const char *path, const struct head *head, struct error *err);
static bool keep_aside(struct arena *arena, const char *path, const char *why, struct error *err);

bool
in_flight_file_open(struct arena *arena, const char *folder, int *out_fd, size_t *out_bytes,
                    struct error *err)
{
    const char *path = text_c_string(arena, text_format(arena, "%s/" IN_FLIGHT_FILE, folder));
    const struct head wanted = wanted_head();
    const char *wrong = NULL;
    bool is_ours = look(path, &wanted, &wrong);
    if (wrong && !keep_aside(arena, path, wrong, err))
        return false;
    if (!is_ours && !begin(path, &wanted, err))
        return error_context(err, "making %s", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    struct stat status;
    if (fd < 0)
        return error_set_errno(err, errno, "opening %s", path);
    if (fstat(fd, &status) < 0) {
        close(fd);
        return error_set_errno(err, errno, "looking at %s", path);
    }
    *out_fd = fd;
    *out_bytes = (size_t)status.st_size;
    return true;
}

bool
in_flight_file_grow(int fd, size_t from, size_t bytes)
{
    int failure;
    do
        failure = posix_fallocate(fd, (off_t)from, (off_t)bytes);
    while (failure == EINTR);
    return failure == 0;
}

static struct head
wanted_head(void)
{
    struct head head = {.magic = {'W', 'E', 'I', 'R', 'F', 'L', 'T', '1'}, .layout = in_flight_slot_layout()};
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && read(fd, head.boot, sizeof(head.boot)) != (ssize_t)sizeof(head.boot))
        memset(head.boot, 0, sizeof(head.boot)); /* then every boot is the same to us */
    if (fd >= 0)
        close(fd);
    return head;
}

/* *out_wrong: why a file with calls in it cannot be used. One without any is made anew. */
static bool
look(const char *path, const struct head *wanted, const char **out_wrong)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    struct head head = {0};
    if (fd < 0)
        return false;
    bool is_whole = fstat(fd, &status) == 0 && status.st_size >= IN_FLIGHT_SLOT_BYTES &&
                    pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head);
    bool is_known = is_whole && memcmp(head.magic, wanted->magic, sizeof(head.magic)) == 0;
    bool is_layout = is_known && head.layout == wanted->layout;
    bool is_ours = is_layout && memcmp(head.boot, wanted->boot, sizeof(head.boot)) == 0;
    if (!is_ours && (!is_known || has_calls(fd)))
        *out_wrong = is_layout  ? "the machine was started anew since"
                     : is_known ? "it was written by another version"
                                : "it is no table of ours";
    if (!is_whole && fstat(fd, &status) == 0 && status.st_size == 0)
        *out_wrong = NULL;
    close(fd);
    return is_ours;
}

/* Every version has slots of this size with the seal first. What cannot be read is taken for a call. */
static bool
has_calls(int fd)
{
    uint64_t seal = 0;
    ssize_t got;
    off_t at = IN_FLIGHT_SLOT_BYTES;
    while ((got = pread(fd, &seal, sizeof(seal), at)) == (ssize_t)sizeof(seal) && seal == 0)
        at += IN_FLIGHT_SLOT_BYTES;
    return got != 0;
}

/* Written beside it and renamed, so that a file of this name has its whole head. */
static bool
begin(const char *path, const struct head *head, struct error *err)
{
    char slot[IN_FLIGHT_SLOT_BYTES] = {0};
    char beside[PATH_MAX];
    memcpy(slot, head, sizeof(*head));
    snprintf(beside, sizeof(beside), "%s.new", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "making its file");
    bool is_written = write(fd, slot, sizeof(slot)) == (ssize_t)sizeof(slot);
    int why = errno;
    close(fd);
    if (is_written && rename(beside, path) == 0)
        return true;
    return error_set_errno(err, is_written ? errno : why, "writing its head");
}

static bool
keep_aside(struct arena *arena, const char *path, const char *why, struct error *err)
{
    const char *aside = text_c_string(arena, text_format(arena, "%s.%lld", path, (long long)clock_unix_ms()));
    if (rename(path, aside) < 0)
        return error_set_errno(err, errno, "keeping %s aside, because %s", path, why);
    log_error("in_flight_kept_aside", LOG_STRING("file", aside), LOG_STRING("reason", why));
    return true;
}
