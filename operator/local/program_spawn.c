/* posix_spawn. The environment is an allow-list: provider keys in the operator's own environment are for
 * Secrets that name them, not for every child. */
#include "operator/local/program_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "operator/local/state_folder.h"

enum { LOG_MODE = 0600, LOG_MOST_BYTES = 16 << 20 };

static char **scrubbed_environment(struct arena *arena);
static bool spawn(char **arguments, char **environment, const char *log, pid_t *out_pid);
static void turn_over_log(struct arena *arena, const char *log);

extern char **environ;

bool
program_spawn(const struct state_folder *state, struct text title, char **arguments, pid_t *out_pid,
              struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    char *log = program_spawn_log(state, scratch, title);
    turn_over_log(scratch, log);
    return spawn(arguments, scrubbed_environment(scratch), log, out_pid) ||
           error_set_errno(err, errno, "starting %s", arguments[0]);
}

char *
program_spawn_log(const struct state_folder *state, struct arena *arena, struct text title)
{
    struct text name = text_format(arena, "log/%.*s.log", TEXT_ARG(title));
    return state_folder_file(state, arena, text_c_string(arena, name));
}

bool
program_spawn_find(struct arena *arena, const char *given, const char *name, const char **out_path,
                   struct error *err)
{
    char path[PATH_MAX];
    if (given) {
        *out_path = text_c_string(arena, text_of(given));
    } else {
        ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
        if (length < 0)
            return error_set_errno(err, errno, "finding the folder of this program");
        while (length > 0 && path[length - 1] != '/')
            length--;
        *out_path = text_c_string(arena, text_format(arena, "%.*s%s", (int)length, path, name));
    }
    if (access(*out_path, X_OK) != 0)
        return error_set_errno(err, errno, "the program %s cannot be run", *out_path);
    return true;
}

static char **
scrubbed_environment(struct arena *arena)
{
    static const char *const kept[] = {"PATH=",         "HOME=",          "LANG=",          "LC_",
                                       "TZ=",           "TMPDIR=",        "SSL_CERT_FILE=", "SSL_CERT_DIR=",
                                       "ASAN_OPTIONS=", "UBSAN_OPTIONS=", "LSAN_OPTIONS="};
    size_t count = 0;
    while (environ && environ[count])
        count++;
    char **scrubbed = arena_alloc_array(arena, count + 1, sizeof(char *));
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < COUNT_OF(kept); j++)
            if (text_starts_with(text_of(environ[i]), text_of(kept[j])))
                scrubbed[left++] = environ[i];
    return scrubbed;
}

static bool
spawn(char **arguments, char **environment, const char *log, pid_t *out_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW,
                                     LOG_MODE);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);

    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int failure = posix_spawn(out_pid, arguments[0], &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    errno = failure;
    return failure == 0;
}

/* Between two starts only: a running gateway appends to the file it has open. */
static void
turn_over_log(struct arena *arena, const char *log)
{
    struct stat status;
    if (stat(log, &status) == 0 && status.st_size > LOG_MOST_BYTES)
        rename(log, text_c_string(arena, text_format(arena, "%s.1", log)));
}
