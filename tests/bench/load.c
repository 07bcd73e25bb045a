/* A load generator for bench: closed loop (as fast as N connections go) or open loop (Poisson arrivals at a
 * fixed rate, latency counted from when a request was due, so that a stall is not hidden). Prints one JSON
 * line.
 *
 *     load PORT CONNECTIONS SECONDS RATE MODE HEADER     RATE 0: closed loop; MODE: unary, stream or hold
 *
 * stream counts the time to the first event; hold opens one paced stream per connection at once, waits for
 * all to end and counts how late each event came (its "sent_us" against our clock), lost and reordered ones.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/bench/samples.h"

#define MAX_CONNECTIONS 20000
#define INPUT_BYTES 16384
#define WARM_UP_US 1000000
#define HOLD_START_SECONDS 4.0

enum mode { MODE_UNARY, MODE_STREAM, MODE_HOLD };

struct client {
    int fd;
    bool busy;
    int64_t due_us; /* when its request should have gone out */
    size_t length;
    bool first_seen;
    int events; /* of the stream so far */
    int64_t last_sent_us;
    char *input;
};

struct load {
    int port, count;
    double rate;
    enum mode mode;
    int64_t start_us, end_us, next_due_us;
    int poll_fd;
    struct client *clients;
    struct client **idle;
    int idle_count, finished;
    char request[2048];
    size_t request_length;
    struct samples total, first, late;
    size_t answered, errors, reordered, events;
};

static int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
build_request(struct load *load, const char *header)
{
    char body[600];
    int length = snprintf(
        body, sizeof body,
        "{\"model\":\"bench\",%s\"max_tokens\":64,\"messages\":[{\"role\":\"system\","
        "\"content\":\"You are a helpful "
        "assistant that answers briefly.\"},{\"role\":\"user\",\"content\":\"%.330s\"}]}",
        load->mode == MODE_UNARY ? "" : "\"stream\":true,\"stream_options\":{\"include_usage\":true},",
        "Summarise the following passage in one sentence: a weir holds back a river, lets "
        "through what may pass, and "
        "measures it; a gateway does the same for the calls that the teams of a company "
        "make to the models that they "
        "are allowed to use, and an account of everything is kept so that nobody is "
        "surprised at the end of a month.");
    load->request_length = (size_t)snprintf(
        load->request, sizeof load->request,
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
        "%s\r\nContent-Length: %d\r\n\r\n%s",
        load->port, header, length, body);
}

static bool
open_client(struct load *load, struct client *client)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)load->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int one = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) != 0)
        return false;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    epoll_ctl(load->poll_fd, EPOLL_CTL_ADD, client->fd, &event);
    return true;
}

static void
send_request(struct load *load, struct client *client, int64_t due_us)
{
    client->busy = true;
    client->due_us = due_us;
    client->length = 0;
    client->first_seen = false;
    client->events = 0;
    if (send(client->fd, load->request, load->request_length, MSG_NOSIGNAL) != (ssize_t)load->request_length)
        load->errors++;
}

/* Looks at the events of a paced stream: every one carries the time it was sent. */
static void
look_at_events(struct load *load, struct client *client, const char *bytes, size_t length)
{
    int64_t now = now_us();
    const char *at = bytes;
    const char *end = bytes + length;
    while ((at = memmem(at, (size_t)(end - at), "\"sent_us\":", 10)) != NULL) {
        int64_t sent = 0;
        for (at += 10; at < end && *at >= '0' && *at <= '9'; at++)
            sent = sent * 10 + (*at - '0');
        load->events++;
        client->events++;
        load->reordered += sent < client->last_sent_us;
        client->last_sent_us = sent;
        samples_add(&load->late, now - sent);
    }
}

/* True when the buffer holds the whole answer. */
static bool
is_whole(const struct load *load, struct client *client)
{
    if (load->mode != MODE_UNARY)
        return client->length >= 5 && memcmp(client->input + client->length - 5, "0\r\n\r\n", 5) == 0;
    char *end = memmem(client->input, client->length, "\r\n\r\n", 4);
    if (!end)
        return false;
    *end = 0;
    const char *field = strcasestr(client->input, "\r\ncontent-length:");
    *end = '\r';
    size_t body = 0;
    for (const char *digit = field ? field + 17 : ""; *digit == ' ' || (*digit >= '0' && *digit <= '9');
         digit++)
        body = *digit == ' ' ? body : body * 10 + (size_t)(*digit - '0');
    return client->length >= (size_t)(end - client->input) + 4 + body;
}

static void
finish(struct load *load, struct client *client)
{
    int64_t now = now_us();
    client->busy = false;
    load->finished++;
    if (memcmp(client->input, "HTTP/1.1 200", 12) != 0)
        load->errors++;
    else if (client->due_us >= load->start_us && client->due_us < load->end_us) {
        load->answered++;
        samples_add(&load->total, now - client->due_us);
    }
    if (load->mode == MODE_HOLD)
        return;
    if (load->rate <= 0 && now < load->end_us)
        send_request(load, client, now);
    else
        load->idle[load->idle_count++] = client;
}

static void
on_readable(struct load *load, struct client *client)
{
    if (load->mode == MODE_HOLD && client->length > 8192) { /* only the head and the tail matter */
        memmove(client->input + 64, client->input + client->length - 64, 64);
        client->length = 128;
    }
    ssize_t got =
        recv(client->fd, client->input + client->length, INPUT_BYTES - client->length, MSG_DONTWAIT);
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN) {
            load->errors++;
            load->finished++;
            epoll_ctl(load->poll_fd, EPOLL_CTL_DEL, client->fd, NULL);
        }
        return;
    }
    const char *fresh = client->input + client->length;
    client->length += (size_t)got;
    if (load->mode == MODE_HOLD)
        look_at_events(load, client, fresh, (size_t)got);
    if (!client->first_seen && load->mode != MODE_UNARY &&
        memmem(client->input, client->length, "data: ", 6)) {
        client->first_seen = true;
        if (client->due_us >= load->start_us)
            samples_add(&load->first, now_us() - client->due_us);
    }
    if (client->busy && is_whole(load, client))
        finish(load, client);
}

/* Sends what is due; returns for how many microseconds nothing more is. */
static int64_t
send_due(struct load *load)
{
    if (load->rate <= 0 || (load->mode == MODE_HOLD && load->idle_count == 0))
        return 100000;
    int64_t now = now_us();
    while (load->next_due_us <= now && load->next_due_us < load->end_us) {
        if (load->idle_count == 0)
            return 1000; /* its wait counts: latency is taken from next_due_us */
        send_request(load, load->idle[--load->idle_count], load->next_due_us);
        double uniform = (double)(random() + 1) / ((double)RAND_MAX + 2);
        load->next_due_us += (int64_t)(-log(uniform) * 1000000 / load->rate);
        now = now_us();
    }
    int64_t wait = load->next_due_us - now;
    return wait < 0 || wait > 100000 ? 100000 : wait;
}

static void
run(struct load *load, int seconds)
{
    int64_t begin = now_us();
    load->start_us = load->mode == MODE_HOLD ? begin : begin + WARM_UP_US;
    load->end_us = load->start_us + (int64_t)seconds * 1000000;
    load->next_due_us = begin;
    for (int i = 0; i < load->count; i++) {
        if (load->rate > 0)
            load->idle[load->idle_count++] = &load->clients[i];
        else
            send_request(load, &load->clients[i], now_us());
    }
    struct epoll_event events[512];
    for (;;) {
        struct timespec wait = {.tv_nsec = send_due(load) * 1000};
        int count = epoll_pwait2(load->poll_fd, events, 512, &wait, NULL);
        for (int i = 0; i < count; i++)
            on_readable(load, events[i].data.ptr);
        bool over =
            load->mode == MODE_HOLD ? load->finished >= load->count : now_us() >= load->end_us + 300000;
        if (over || now_us() > load->end_us + 30000000)
            return;
    }
}

static void
print_result(struct load *load, int seconds)
{
    printf("{\"requests_per_s\":%.0f,\"answered\":%zu,\"finished\":%d,\"errors\":%zu,"
           "\"p50_us\":%u,\"p99_us\":%u,\"p999_us\":%u,"
           "\"first_p50_us\":%u,\"first_p99_us\":%u,\"late_p50_us\":%u,\"late_p99_us\":%u,\"events\":%zu,"
           "\"reordered\":%zu}\n",
           (double)load->answered / seconds, load->answered, load->finished, load->errors,
           samples_percentile(&load->total, 0.5), samples_percentile(&load->total, 0.99),
           samples_percentile(&load->total, 0.999), samples_percentile(&load->first, 0.5),
           samples_percentile(&load->first, 0.99), samples_percentile(&load->late, 0.5),
           samples_percentile(&load->late, 0.99), load->events, load->reordered);
}

int
main(int argc, char **argv)
{
    static struct load load;
    int seconds = 0;
    if (argc != 7 || sscanf(argv[1], "%d", &load.port) != 1 || sscanf(argv[2], "%d", &load.count) != 1 ||
        sscanf(argv[3], "%d", &seconds) != 1 || sscanf(argv[4], "%lf", &load.rate) != 1 ||
        load.count > MAX_CONNECTIONS) {
        fprintf(stderr, "usage: load PORT CONNECTIONS SECONDS RATE unary|stream|hold HEADER\n");
        return 2;
    }
    load.mode = argv[5][0] == 'u' ? MODE_UNARY : argv[5][0] == 's' ? MODE_STREAM : MODE_HOLD;
    build_request(&load, argv[6]);
    if (load.mode == MODE_HOLD)
        load.rate = load.count / HOLD_START_SECONDS; /* all at once would make one burst of every event */
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){65536, 65536});
    load.poll_fd = epoll_create1(EPOLL_CLOEXEC);
    load.clients = calloc((size_t)load.count, sizeof *load.clients);
    load.idle = calloc((size_t)load.count, sizeof(struct client *));
    for (int i = 0; i < load.count; i++) {
        load.clients[i].input = malloc(INPUT_BYTES);
        if (!open_client(&load, &load.clients[i])) {
            perror("load: connecting");
            return 1;
        }
    }
    run(&load, seconds);
    print_result(&load, seconds);
    return 0;
}
