/* posix_spawn of weir-gateway. The environment is an allow-list: provider keys in the operator's own
 * environment are for Secrets that name them, not for every child. */
#include "operator/local/gateway_spawn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "operator/local/state_folder.h"

enum { MOST_ARGUMENTS = 24, LOG_MODE = 0600, LOG_MOST_BYTES = 16 << 20 };

static char **
arguments_of(struct arena *arena, const struct state_folder *state, const struct gateway_launch *launch);
static char **scrubbed_environment(struct arena *arena);
static bool spawn(const struct gateway_launch *launch, char **arguments, char **environment, const char *log,
                  pid_t *out_pid);
static void turn_over_log(struct arena *arena, const char *log);

extern char **environ;

bool
gateway_spawn(const struct state_folder *state, const struct gateway_launch *launch, pid_t *out_pid,
              struct error *err)
{
    struct arena *scratch = arena_new(0);
    char *log = gateway_spawn_log(state, scratch, launch->namespace);
    turn_over_log(scratch, log);
    struct text folder = text_format(scratch, "gateway/%.*s", TEXT_ARG(launch->namespace));
    char *own_state = state_folder_file(state, scratch, text_c_string(scratch, folder));
    bool is_right = file_make_folder(own_state, 0700, err);
    if (is_right &&
        !spawn(launch, arguments_of(scratch, state, launch), scrubbed_environment(scratch), log, out_pid))
        is_right = error_set_errno(err, errno, "starting %s", launch->program);
    arena_free(scratch);
    return is_right;
}

char *
gateway_spawn_log(const struct state_folder *state, struct arena *arena, struct text namespace)
{
    struct text name = text_format(arena, "log/%.*s.log", TEXT_ARG(namespace));
    return state_folder_file(state, arena, text_c_string(arena, name));
}

bool
gateway_spawn_find_program(struct arena *arena, const char *given, const char **out_program,
                           struct error *err)
{
    char path[PATH_MAX];
    if (given) {
        *out_program = text_c_string(arena, text_of(given));
    } else {
        ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
        if (length < 0)
            return error_set_errno(err, errno, "finding the folder of this program");
        while (length > 0 && path[length - 1] != '/')
            length--;
        *out_program = text_c_string(arena, text_format(arena, "%.*sweir-gateway", (int)length, path));
    }
    if (access(*out_program, X_OK) != 0)
        return error_set_errno(err, errno, "the gateway program %s cannot be run (name it with --gateway)",
                               *out_program);
    return true;
}

bool
gateway_spawn_port_is_free(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* the gateway will say what is wrong */
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool is_free = bind(fd, (const void *)&address, sizeof(address)) == 0;
    close(fd);
    return is_free;
}

static char **
arguments_of(struct arena *arena, const struct state_folder *state, const struct gateway_launch *launch)
{
    struct text folder = text_format(arena, "gateway/%.*s", TEXT_ARG(launch->namespace));
    struct text name =
        text_format(arena, "%.*s-%.*s-0", TEXT_ARG(launch->workspace), TEXT_ARG(launch->environment));
    char **arguments = arena_alloc_array(arena, MOST_ARGUMENTS, sizeof(char *));
    size_t count = 0;
    arguments[count++] = text_c_string(arena, text_of(launch->program));
    const struct text pairs[][2] = {
        {TEXT("--workspace"), launch->workspace},
        {TEXT("--environment"), launch->environment},
        {TEXT("--name"), name},
        {TEXT("--control"), text_of(state_folder_file(state, arena, "control.sock"))},
        {TEXT("--state"), text_of(state_folder_file(state, arena, text_c_string(arena, folder)))},
        {TEXT("--listen"), text_format(arena, "127.0.0.1:%d", launch->port)},
        {TEXT("--admin"), TEXT("127.0.0.1:0")},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        arguments[count++] = text_c_string(arena, pairs[i][0]);
        arguments[count++] = text_c_string(arena, pairs[i][1]);
    }
    return arguments;
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
spawn(const struct gateway_launch *launch, char **arguments, char **environment, const char *log,
      pid_t *out_pid)
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
    int failure = posix_spawn(out_pid, launch->program, &files, &attributes, arguments, environment);
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
