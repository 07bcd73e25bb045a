/*
 * The process that holds a pod's namespaces: sleeps, and collects orphans where the pod shares its process
 * ids.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void
end(int number)
{
    (void)number;
    _exit(0);
}

static void
collect(int number)
{
    (void)number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

int
main(void)
{
    struct sigaction on_end = {.sa_handler = end};
    struct sigaction on_child = {.sa_handler = collect, .sa_flags = SA_NOCLDSTOP};
    if (sigaction(SIGINT, &on_end, NULL) < 0 || sigaction(SIGTERM, &on_end, NULL) < 0 ||
        sigaction(SIGCHLD, &on_child, NULL) < 0)
        return 1;
    while (1)
        pause();
}
