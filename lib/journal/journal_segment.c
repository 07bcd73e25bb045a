/* Segment files in their folder. A name says the number of the segment's first record, the header repeats it.
 */
#include "lib/journal/journal_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "lib/base/error.h"
#include "lib/base/text.h"

#define NUMBER_DIGITS 20

static const char magic[8] = {'W', 'E', 'I', 'R', 'J', 'N', 'L', '1'};

static bool parse_name(const char *name, uint64_t *out_number);
static void note_segment(struct journal_survey *survey, uint64_t first, uint64_t number);
static void make_header(uint64_t first_number, char out_header[JOURNAL_SEGMENT_HEADER_BYTES]);

bool
journal_survey_take(int folder_fd, uint64_t number, struct journal_survey *out_survey, struct error *err)
{
    *out_survey = (struct journal_survey){.is_empty = true};
    int walk_fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *walk = walk_fd < 0 ? NULL : fdopendir(walk_fd);
    if (!walk) {
        int why = errno;
        if (walk_fd >= 0)
            close(walk_fd);
        return error_set_errno(err, why, "listing the journal's folder");
    }

    struct dirent *entry;
    while ((entry = readdir(walk)) != NULL) {
        uint64_t first;
        struct stat status;
        if (!parse_name(entry->d_name, &first) || fstatat(folder_fd, entry->d_name, &status, 0) < 0)
            continue; /* not a segment, or one that was deleted just now */
        note_segment(out_survey, first, number);
        out_survey->total_bytes += (uint64_t)status.st_size;
    }
    closedir(walk);
    return true;
}

void
journal_segment_name(uint64_t first_number, char out_name[JOURNAL_SEGMENT_NAME_BYTES])
{
    snprintf(out_name, JOURNAL_SEGMENT_NAME_BYTES, "%020" PRIu64 ".log", first_number);
}

int
journal_segment_open(int folder_fd, uint64_t first_number, int flags)
{
    char name[JOURNAL_SEGMENT_NAME_BYTES];
    journal_segment_name(first_number, name);
    return openat(folder_fd, name, flags | O_CLOEXEC, 0600);
}

bool
journal_segment_is_ours(int fd, uint64_t first_number)
{
    char wanted[JOURNAL_SEGMENT_HEADER_BYTES];
    char found[JOURNAL_SEGMENT_HEADER_BYTES];
    make_header(first_number, wanted);
    return pread(fd, found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
           memcmp(found, wanted, sizeof(found)) == 0;
}

bool
journal_segment_begin(int folder_fd, int fd, uint64_t first_number, struct error *err)
{
    char header[JOURNAL_SEGMENT_HEADER_BYTES];
    make_header(first_number, header);
    if (!journal_write_at(fd, header, sizeof(header), 0, err))
        return false;
    if (fdatasync(fd) < 0 || fsync(folder_fd) < 0)
        return error_set_errno(err, errno, "making a new journal segment durable");
    return true;
}

bool
journal_write_at(int fd, const char *bytes, size_t length, uint64_t offset, struct error *err)
{
    size_t written = 0;
    while (written < length) {
        ssize_t count = pwrite(fd, bytes + written, length - written, (off_t)(offset + written));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(err, errno, "writing %zu bytes to the journal", length);
        if (count == 0)
            return error_set(err, ERROR_UNAVAILABLE, "writing %zu bytes to the journal: nothing is taken",
                             length);
        written += (size_t)count;
    }
    return true;
}

/* Exactly 20 digits and ".log"; anything else in the folder is not ours to touch. */
static bool
parse_name(const char *name, uint64_t *out_number)
{
    uint64_t number = 0;
    for (size_t i = 0; i < NUMBER_DIGITS; i++) {
        unsigned digit = (unsigned)(unsigned char)name[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit, &number))
            return false;
    }
    *out_number = number;
    return strcmp(name + NUMBER_DIGITS, ".log") == 0;
}

static void
note_segment(struct journal_survey *survey, uint64_t first, uint64_t number)
{
    bool is_before = first <= number;
    bool held_is_before = !survey->is_empty && survey->holding <= number;
    if (survey->is_empty || (is_before && (!held_is_before || first > survey->holding)) ||
        (!is_before && !held_is_before && first < survey->holding))
        survey->holding = first;
    if (!is_before && (!survey->has_next || first < survey->next)) {
        survey->has_next = true;
        survey->next = first;
    }
    if (survey->is_empty || first > survey->highest)
        survey->highest = first;
    survey->is_empty = false;
}

static void
make_header(uint64_t first_number, char out_header[JOURNAL_SEGMENT_HEADER_BYTES])
{
    memcpy(out_header, magic, sizeof(magic));
    for (size_t i = 0; i < 8; i++)
        out_header[sizeof(magic) + i] = (char)(first_number >> (8 * i));
}
