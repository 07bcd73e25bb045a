/*
 * What test pods run: answers on ports, and tries other pods' ports. One static program, no shell needed in
 * the image. Prints one line per target, so that a test reads what the network did: open, closed, silent, or
 * no such name.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_ENDS 64
#define DEFAULT_PATIENCE_MS 1500

/* One end of traffic: a port that is served or a port that is tried. */
struct end {
    const char *text; /* tcp:HOST:PORT, udp:HOST:PORT; served without HOST */
    bool is_udp;
    char host[256];
    char port[8];
    int fd;
    const char *verdict;
};

static bool
parse_end(const char *text, struct end *out_end)
{
    *out_end = (struct end){.text = text, .fd = -1};
    out_end->is_udp = strncmp(text, "udp:", 4) == 0;
    if (!out_end->is_udp && strncmp(text, "tcp:", 4) != 0)
        return false;
    const char *rest = text + 4;
    const char *colon = strrchr(rest, ':');
    const char *port = colon ? colon + 1 : rest;
    size_t host_size = colon ? (size_t)(colon - rest) : 0;
    if (host_size >= sizeof out_end->host || strlen(port) >= sizeof out_end->port)
        return false;
    memcpy(out_end->host, rest, host_size);
    strcpy(out_end->port, port);
    return true;
}

static void
answer(int fd, const struct sockaddr_in *peer)
{
    char name[64] = "?", request[2048], reply[256];
    gethostname(name, sizeof name);
    int length = snprintf(reply, sizeof reply, "%s %s\n", name, inet_ntoa(peer->sin_addr));
    alarm(5);
    if (read(fd, request, sizeof request) > 0)
        dprintf(fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", length, reply);
    _exit(0);
}

/* A process for each connection: one that only knocks and says nothing must not hold up the others. */
static int
serve_one(int listening, bool is_udp)
{
    char request[2048];
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    if (is_udp) {
        ssize_t got = recvfrom(listening, request, sizeof request, 0, (struct sockaddr *)&peer, &size);
        return got < 0 ? -1 : (int)sendto(listening, request, (size_t)got, 0, (struct sockaddr *)&peer, size);
    }
    int fd = accept(listening, (struct sockaddr *)&peer, &size);
    if (fd < 0)
        return -1;
    if (fork() == 0)
        answer(fd, &peer);
    return close(fd);
}

static int
serve(int count, char **texts)
{
    struct pollfd polled[MAX_ENDS];
    struct end ends[MAX_ENDS];
    for (int i = 0; i < count; i++) {
        if (!parse_end(texts[i], &ends[i]))
            return 2;
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(ends[i].port))};
        int fd = socket(AF_INET, ends[i].is_udp ? SOCK_DGRAM : SOCK_STREAM, 0);
        int yes = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
            (!ends[i].is_udp && listen(fd, 64) < 0)) {
            perror(texts[i]);
            return 1;
        }
        polled[i] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    signal(SIGCHLD, SIG_IGN);
    while (poll(polled, (nfds_t)count, -1) >= 0 || errno == EINTR) {
        for (int i = 0; i < count; i++)
            if (polled[i].revents)
                (void)serve_one(polled[i].fd, ends[i].is_udp);
    }
    return 1;
}

static const char *
word_for(int failure)
{
    switch (failure) {
    case 0:
        return "open";
    case ECONNREFUSED:
        return "closed";
    case ETIMEDOUT:
        return "silent";
    default:
        return strerror(failure);
    }
}

static void
begin(struct end *end)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = end->is_udp ? SOCK_DGRAM : SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(end->host, end->port, &hints, &found) != 0) {
        end->verdict = "no such name";
        return;
    }
    end->fd = socket(AF_INET, hints.ai_socktype | SOCK_NONBLOCK, 0);
    if (connect(end->fd, found->ai_addr, found->ai_addrlen) < 0 && errno != EINPROGRESS)
        end->verdict = word_for(errno);
    else if (end->is_udp && send(end->fd, "hello", 5, 0) < 0)
        end->verdict = word_for(errno);
    freeaddrinfo(found);
}

static void
settle(struct end *end)
{
    int failure = 0;
    socklen_t size = sizeof failure;
    char answer[16];
    if (end->is_udp)
        failure = recv(end->fd, answer, sizeof answer, 0) < 0 ? errno : 0;
    else
        getsockopt(end->fd, SOL_SOCKET, SO_ERROR, &failure, &size);
    end->verdict = word_for(failure);
}

static long
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All at once, so that many silent targets cost one time of patience. */
static int
try(int count, char **texts)
{
    struct end ends[MAX_ENDS];
    struct pollfd polled[MAX_ENDS];
    const char *given = getenv("PATIENCE_MS");
    long until = now_ms() + (given ? atol(given) : DEFAULT_PATIENCE_MS);
    for (int i = 0; i < count; i++) {
        if (!parse_end(texts[i], &ends[i]))
            return 2;
        begin(&ends[i]);
    }
    for (long left = until - now_ms(); left > 0; left = until - now_ms()) {
        bool is_waiting = false;
        for (int i = 0; i < count; i++) {
            bool is_open = ends[i].verdict == NULL;
            is_waiting = is_waiting || is_open;
            polled[i] =
                (struct pollfd){.fd = is_open ? ends[i].fd : -1, .events = ends[i].is_udp ? POLLIN : POLLOUT};
        }
        if (!is_waiting || poll(polled, (nfds_t)count, (int)left) <= 0)
            break;
        for (int i = 0; i < count; i++)
            if (ends[i].verdict == NULL && polled[i].revents)
                settle(&ends[i]);
    }
    for (int i = 0; i < count; i++)
        printf("%s %s\n", ends[i].text, ends[i].verdict ? ends[i].verdict : "silent");
    return 0;
}

/* get HOST PORT PATH: the answer's bytes, head and body. */
static int
get(char **arguments)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(arguments[0], arguments[1], &hints, &found) != 0) {
        puts("no such name");
        return 3;
    }
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    alarm(10); /* ends the program: silence is a failure too */
    if (connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
        puts(word_for(errno));
        return 1;
    }
    dprintf(fd, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", arguments[2], arguments[0]);
    char bytes[4096];
    for (ssize_t got; (got = read(fd, bytes, sizeof bytes)) > 0;)
        fwrite(bytes, 1, (size_t)got, stdout);
    return 0;
}

static int
resolve(const char *name)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(name, NULL, &hints, &found) != 0) {
        puts("no such name");
        return 3;
    }
    for (struct addrinfo *each = found; each; each = each->ai_next)
        puts(inet_ntoa(((struct sockaddr_in *)(void *)each->ai_addr)->sin_addr));
    return 0;
}

static int
copy(FILE *from, FILE *to)
{
    char bytes[4096];
    size_t got;
    if (!from || !to)
        return 1;
    while ((got = fread(bytes, 1, sizeof bytes, from)) > 0)
        fwrite(bytes, 1, got, to);
    return fclose(to) == 0 ? 0 : 1;
}

int
main(int count, char **arguments)
{
    const char *verb = count > 1 ? arguments[1] : "";
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, exit); /* the first process of a container has no default for it */
    if (strcmp(verb, "serve") == 0 && count > 2 && count - 2 <= MAX_ENDS)
        return serve(count - 2, arguments + 2);
    if (strcmp(verb, "try") == 0 && count > 2 && count - 2 <= MAX_ENDS)
        return try(count - 2, arguments + 2);
    if (strcmp(verb, "get") == 0 && count == 5)
        return get(arguments + 2);
    if (strcmp(verb, "resolve") == 0 && count == 3)
        return resolve(arguments[2]);
    if (strcmp(verb, "read") == 0 && count == 3)
        return copy(fopen(arguments[2], "r"), stdout);
    if (strcmp(verb, "write") == 0 && count == 3)
        return copy(stdin, fopen(arguments[2], "w"));
    if (strcmp(verb, "exit") == 0 && count == 3)
        return atoi(arguments[2]);
    fprintf(stderr, "usage: probe serve tcp:PORT udp:PORT... | try tcp:HOST:PORT... | get HOST PORT PATH | "
                    "resolve NAME |\n"
                    "       read FILE | write FILE | exit CODE\n");
    return 2;
}
