/* Names to addresses, against a name server of the test's own on loopback. */
#include "lib/net/resolver.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "tests/unit/lib/net/net_rig.h"

enum { HEAD_BYTES = 12, TYPE_A = 1, CODE_NO_SUCH_NAME = 3 };

/* Answers A questions with 127.0.0.9; names that begin with "none" do not exist, with "hush" get no answer.
 */
struct name_server {
    int fd;
    int questions;
    struct loop_io *io;
};

struct answer {
    int count;
    struct resolved resolved;
    struct error why;
};

static struct resolver *resolver;
static struct name_server names;
static struct answer first, second;

static size_t
write_answer(unsigned char *packet, size_t question_end, bool is_address)
{
    static const unsigned char record[] = {0xc0, HEAD_BYTES, 0, TYPE_A, 0,   1, 0, 0,
                                           0,    60,         0, 4,      127, 0, 0, 9};
    bool is_none = memcmp(packet + HEAD_BYTES + 1, "none", 4) == 0;
    bool has_record = is_address && !is_none;
    packet[2] = 0x81; /* an answer, recursion desired */
    packet[3] = (unsigned char)(0x80 | (is_none ? CODE_NO_SUCH_NAME : 0));
    packet[7] = has_record ? 1 : 0;
    memset(packet + 8, 0, 4); /* no authorities, nothing additional */
    if (has_record)
        memcpy(packet + question_end, record, sizeof(record));
    return question_end + (has_record ? sizeof(record) : 0);
}

static void
on_question(void *owner, int events)
{
    unsigned char packet[600];
    struct sockaddr_in from;
    socklen_t from_length = sizeof(from);
    (void)owner;
    (void)events;
    ssize_t length = recvfrom(names.fd, packet, 512, 0, (struct sockaddr *)&from, &from_length);
    cr_assert_gt(length, HEAD_BYTES);
    names.questions++;
    if (memcmp(packet + HEAD_BYTES + 1, "hush", 4) == 0)
        return;
    size_t at = HEAD_BYTES;
    while (packet[at] != 0)
        at += (size_t)packet[at] + 1;
    bool is_address = packet[at + 2] == TYPE_A;
    length = (ssize_t)write_answer(packet, at + 5, is_address);
    cr_assert_eq(sendto(names.fd, packet, (size_t)length, 0, (struct sockaddr *)&from, from_length), length);
}

static void
prepare(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    struct error err = {0};
    rig_set_up();
    names.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(names.fd, (struct sockaddr *)&address, length), 0);
    getsockname(names.fd, (struct sockaddr *)&address, &length);
    names.io = loop_io_new(rig_loop, rig_arena, on_question, NULL);
    loop_io_watch(names.io, names.fd, LOOP_READ);

    resolver = resolver_new(rig_arena, rig_loop);
    char *servers = text_c_string(rig_arena, text_format(rig_arena, "127.0.0.1:%d", ntohs(address.sin_port)));
    cr_assert(resolver_use_servers(resolver, servers, &err), "%s", err.message);
}

static void
clean_up(void)
{
    rig_tear_down();
    close(names.fd);
}

TestSuite(resolver, .init = prepare, .fini = clean_up, .timeout = 60);

static void
on_resolved(void *owner, const struct resolved *resolved, const struct error *why)
{
    struct answer *answer = owner;
    answer->count++;
    answer->resolved = *resolved;
    answer->why = *why;
}

static bool
is_answered(void *owner)
{
    return ((struct answer *)owner)->count > 0;
}

static bool
was_asked(void *unused)
{
    (void)unused;
    return names.questions > 0;
}

static void
expect_address(const struct answer *answer, size_t index, const char *address, int port)
{
    char printed[INET6_ADDRSTRLEN];
    cr_assert_lt(index, answer->resolved.count);
    const struct sockaddr_storage *found = &answer->resolved.addresses[index];
    const struct sockaddr_in *ip4 = (const struct sockaddr_in *)found;
    const struct sockaddr_in6 *ip6 = (const struct sockaddr_in6 *)found;
    if (found->ss_family == AF_INET)
        inet_ntop(AF_INET, &ip4->sin_addr, printed, sizeof(printed));
    else
        inet_ntop(AF_INET6, &ip6->sin6_addr, printed, sizeof(printed));
    cr_expect_str_eq(printed, address);
    cr_expect_eq(ntohs(found->ss_family == AF_INET ? ip4->sin_port : ip6->sin6_port), port);
}

Test(resolver, addresses_and_localhost_need_no_question)
{
    (void)resolver_ask(resolver, TEXT("10.1.2.3"), 80, on_resolved, &first);
    (void)resolver_ask(resolver, TEXT("LocalHost"), 81, on_resolved, &second);
    cr_assert_eq(first.count, 0);
    rig_run_until(is_answered, &second);

    expect_address(&first, 0, "10.1.2.3", 80);
    expect_address(&second, 0, "127.0.0.1", 81);
    expect_address(&second, 1, "::1", 81);
    cr_assert_eq(names.questions, 0);
}

Test(resolver, asks_the_name_server)
{
    (void)resolver_ask(resolver, TEXT("api.weir-test.example"), 443, on_resolved, &first);
    (void)resolver_ask(resolver, TEXT("::1"), 443, on_resolved, &second);
    rig_run_until(is_answered, &first);

    cr_assert_eq(first.resolved.count, 1);
    expect_address(&first, 0, "127.0.0.9", 443);
    expect_address(&second, 0, "::1", 443);
}

Test(resolver, says_that_a_name_does_not_exist)
{
    (void)resolver_ask(resolver, TEXT("none.weir-test.example"), 443, on_resolved, &first);
    rig_run_until(is_answered, &first);

    cr_assert_eq(first.resolved.count, 0);
    cr_assert(text_find(text_of(first.why.message), TEXT("none.weir-test.example")) >= 0);
}

Test(resolver, a_cancelled_question_is_not_answered)
{
    int at_once = resolver_ask(resolver, TEXT("10.1.2.3"), 80, on_resolved, &first);
    int asked = resolver_ask(resolver, TEXT("api.weir-test.example"), 80, on_resolved, &first);
    resolver_cancel(resolver, at_once);
    resolver_cancel(resolver, asked);
    (void)resolver_ask(resolver, TEXT("other.weir-test.example"), 80, on_resolved, &second);
    rig_run_until(is_answered, &second);

    cr_assert_eq(first.count, 0);
}

Test(resolver, closing_with_a_question_open_tells_nobody)
{
    (void)resolver_ask(resolver, TEXT("hush.weir-test.example"), 80, on_resolved, &first);
    rig_run_until(was_asked, NULL);

    resolver_close(resolver);

    cr_assert_eq(first.count, 0);
}

Test(resolver, a_name_that_is_too_long_fails)
{
    char name[300];
    memset(name, 'a', sizeof(name));
    (void)resolver_ask(resolver, (struct text){name, sizeof(name)}, 80, on_resolved, &first);
    rig_run_until(is_answered, &first);

    cr_assert_eq(first.resolved.count, 0);
    cr_assert_eq(first.why.kind, ERROR_INVALID);
}
