/* The bounds on callers follow the config while the gateway runs: up and down, with no new start. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/base/arena.h"
#include "tests/support/gateway_harness.h"
#include "tests/support/gateway_words.h"
#include "tests/support/reply.h"

static struct harness *harness;
static int held = -1;

static void
end(void)
{
    if (held >= 0)
        close(held);
    harness_end(harness);
}

TestSuite(callers_server, .fini = end, .timeout = 60);

/* One caller that is connected and says nothing. */
static void
given_a_silent_caller(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)harness_port(harness))};
    held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(held, (struct sockaddr *)&address, sizeof(address)), 0);
}

static const char *
post_of(size_t body_bytes)
{
    struct arena *arena = harness_arena(harness);
    char *body = arena_alloc(arena, body_bytes + 1);
    memset(body, ' ', body_bytes);
    memcpy(body, HELLO, sizeof(HELLO) - 1);
    struct text post = text_format(arena,
                                   "POST " CHAT " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " KEY
                                   "\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                                   "Connection: close\r\n\r\n%s",
                                   body_bytes, body);
    return text_c_string(arena, post);
}

Test(callers_server, takes_longer_bodies_and_shorter_ones_after_an_edit)
{
    harness = harness_start(CONFIG(",\"maxBodyBytes\":1024"));
    cr_assert_eq(reply_status(harness_ask_unrecorded(harness, post_of(2000))), 413);

    harness_use_config(harness, CONFIG(",\"maxBodyBytes\":4096"));
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_ask(harness, post_of(2000))), 200);

    harness_use_config(harness, CONFIG(",\"maxBodyBytes\":1024"));
    cr_assert_eq(reply_status(harness_ask_unrecorded(harness, post_of(2000))), 413);
}

Test(callers_server, takes_more_callers_and_fewer_after_an_edit)
{
    harness = harness_start(CONFIG(",\"maxConnections\":1"));
    given_a_silent_caller();
    cr_assert_eq(reply_status(harness_ask_unrecorded(harness, post_of(100))), 503);

    harness_use_config(harness, CONFIG(",\"maxConnections\":3"));
    harness_provider_says(harness, OK_REPLY);
    cr_assert_eq(reply_status(harness_ask(harness, post_of(100))), 200);

    harness_use_config(harness, CONFIG(",\"maxConnections\":1"));
    cr_assert_eq(reply_status(harness_ask_unrecorded(harness, post_of(100))), 503);
}

Test(callers_server, goes_by_the_first_config_when_it_listened_before_it_came)
{
    harness = harness_start(NULL);

    harness_use_config(harness, CONFIG(",\"maxBodyBytes\":1024"));

    cr_assert_eq(reply_status(harness_ask_unrecorded(harness, post_of(2000))), 413);
}
