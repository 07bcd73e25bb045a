/* A model server that answers at once and always the same: what bench puts behind every proxy.
 *
 * POST with "stream":true in the body gives 20 events and [DONE], one write each, every --gap-ms apart (0: at
 * once), each with the monotonic time it was sent at, so that a client on this machine can tell how late it
 * came. Everything else gives a 400-byte completion. One thread, epoll; it trusts its peers and is not for
 * anything but bench. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#define MAX_FDS 65536
#define MAX_EVENTS 512
#define INPUT_BYTES 8192
#define STREAM_EVENTS 20

struct connection {
    int fd;
    size_t length;
    char *input;
    int events_left; /* of a stream that is being sent, 0: none */
    int64_t due_us;
    struct connection *next; /* in the queue of waiting streams: a constant gap keeps it in order */
};

struct mock {
    int poll_fd;
    int64_t gap_us;
    struct connection *first, *last;
    struct connection *connections[MAX_FDS];
};

static const char completion[] =
    "{\"id\":\"chatcmpl-bench\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\","
    "\"choices\":[{"
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"The quick brown fox jumps over the lazy "
    "dog, and then "
    "it rests for a while in the shade of the old oak "
    "tree.\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":42,\"completion_tokens\":24,\"total_tokens\":66}}";

static int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
send_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
    }
}

static void
send_chunk(int fd, const char *event)
{
    char chunk[1024];
    size_t length = strlen(event);
    int total = snprintf(chunk, sizeof chunk, "%zx\r\n%s\r\n", length, event);
    send_all(fd, chunk, (size_t)total);
}

static void
send_event(struct connection *connection)
{
    char event[512];
    connection->events_left--;
    if (connection->events_left == 0) {
        send_chunk(connection->fd, "data: [DONE]\n\n");
        send_all(connection->fd, "0\r\n\r\n", 5);
        return;
    }
    bool usage = connection->events_left == 1;
    snprintf(event, sizeof event,
             "data: "
             "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\","
             "\"sent_us\":%lld,"
             "\"choices\":[%s]%s}\n\n",
             (long long)now_us(),
             usage ? "" : "{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}",
             usage ? ",\"usage\":{\"prompt_tokens\":42,\"completion_tokens\":20,\"total_tokens\":62}" : "");
    send_chunk(connection->fd, event);
}

static void
queue_stream(struct mock *mock, struct connection *connection)
{
    connection->due_us = now_us() + mock->gap_us;
    connection->next = NULL;
    if (mock->last)
        mock->last->next = connection;
    else
        mock->first = connection;
    mock->last = connection;
}

static void
start_stream(struct mock *mock, struct connection *connection)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    send_all(connection->fd, head, sizeof head - 1);
    connection->events_left = STREAM_EVENTS + 2;
    send_event(connection);
    if (mock->gap_us == 0) {
        while (connection->events_left > 0)
            send_event(connection);
        return;
    }
    queue_stream(mock, connection);
}

static void
answer(struct mock *mock, struct connection *connection, const char *body, size_t length)
{
    if (memmem(body, length, "\"stream\":true", 13)) {
        start_stream(mock, connection);
        return;
    }
    char reply[1024];
    int total = snprintf(reply, sizeof reply,
                         "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                         sizeof completion - 1, completion);
    send_all(connection->fd, reply, (size_t)total);
}

/* Answers every whole request that the buffer holds. */
static void
read_requests(struct mock *mock, struct connection *connection)
{
    for (;;) {
        char *end = memmem(connection->input, connection->length, "\r\n\r\n", 4);
        if (!end)
            return;
        size_t head = (size_t)(end - connection->input) + 4;
        *end = 0;
        const char *field = strcasestr(connection->input, "\r\ncontent-length:");
        *end = '\r';
        size_t body = 0;
        for (const char *digit = field ? field + 17 : ""; *digit == ' ' || (*digit >= '0' && *digit <= '9');
             digit++)
            body = *digit == ' ' ? body : body * 10 + (size_t)(*digit - '0');
        if (connection->length < head + body)
            return;
        answer(mock, connection, connection->input + head, body);
        memmove(connection->input, connection->input + head + body, connection->length - head - body);
        connection->length -= head + body;
    }
}

static void
close_connection(struct mock *mock, struct connection *connection)
{
    struct connection *before = NULL;
    for (struct connection *at = mock->first; at; before = at, at = at->next) {
        if (at != connection)
            continue;
        if (before)
            before->next = at->next;
        else
            mock->first = at->next;
        if (mock->last == at)
            mock->last = before;
        break;
    }
    mock->connections[connection->fd] = NULL;
    close(connection->fd);
    free(connection->input);
    free(connection);
}

static void
on_readable(struct mock *mock, struct connection *connection)
{
    ssize_t got =
        recv(connection->fd, connection->input + connection->length, INPUT_BYTES - connection->length, 0);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            close_connection(mock, connection);
        return;
    }
    connection->length += (size_t)got;
    read_requests(mock, connection);
}

static void
accept_all(struct mock *mock, int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            return;
        if (fd >= MAX_FDS) {
            close(fd);
            return;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct connection *connection = calloc(1, sizeof *connection);
        connection->fd = fd;
        connection->input = malloc(INPUT_BYTES);
        mock->connections[fd] = connection;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(mock->poll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static int
send_due_events(struct mock *mock)
{
    while (mock->first) {
        int64_t now = now_us();
        struct connection *connection = mock->first;
        if (connection->due_us > now)
            return (int)((connection->due_us - now) / 1000) + 1;
        mock->first = connection->next;
        if (!mock->first)
            mock->last = NULL;
        send_event(connection);
        if (connection->events_left > 0)
            queue_stream(mock, connection);
    }
    return -1;
}

int
main(int argc, char **argv)
{
    static struct mock mock;
    int64_t port = 0, gap_ms = 0;
    if (argc < 2 || sscanf(argv[1], "%ld", &port) != 1 ||
        (argc > 2 && sscanf(argv[2], "%ld", &gap_ms) != 1)) {
        fprintf(stderr, "usage: mock_upstream PORT [GAP_MS]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){MAX_FDS, MAX_FDS});
    mock.gap_us = gap_ms * 1000;
    mock.poll_fd = epoll_create1(EPOLL_CLOEXEC);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
        perror("mock_upstream: listening");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(mock.poll_fd, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(mock.poll_fd, events, MAX_EVENTS, send_due_events(&mock));
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(&mock, listener);
            else if (mock.connections[events[i].data.fd])
                on_readable(&mock, mock.connections[events[i].data.fd]);
        }
    }
}
