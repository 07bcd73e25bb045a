/* What a gateway of a laptop is started with. */
#include "operator/local/gateway_spawn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "lib/base/file.h"
#include "operator/local/program_spawn.h"
#include "operator/local/state_folder.h"

enum { MOST_ARGUMENTS = 24 };

static char **
arguments_of(struct arena *arena, const struct state_folder *state, const struct gateway_launch *launch);

bool
gateway_spawn(const struct state_folder *state, const struct gateway_launch *launch, pid_t *out_pid,
              struct error *err)
{
    scoped_arena struct arena *scratch = arena_new(0);
    struct text folder = text_format(scratch, "gateway/%.*s", TEXT_ARG(launch->namespace));
    char *own_state = state_folder_file(state, scratch, text_c_string(scratch, folder));
    return file_make_folder(own_state, 0700, err) &&
           program_spawn(state, launch->namespace, arguments_of(scratch, state, launch), out_pid, err);
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
        {TEXT("--ledger"), text_of(state_folder_file(state, arena, "ledger.sock"))},
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        arguments[count++] = text_c_string(arena, pairs[i][0]);
        arguments[count++] = text_c_string(arena, pairs[i][1]);
    }
    return arguments;
}
