/* The command line: what is understood, and what is said when it is not. */
#include <criterion/criterion.h>

#include "gateway/gateway_options.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "tests/support/arena_fixture.h"

TestSuite(gateway_options, .init = given_arena, .fini = end_arena);

static bool
parse(const char *line, struct gateway_options *out_options, struct error *err)
{
    char *arguments[32] = {(char *)(uintptr_t) "weir-gateway"};
    int count = 1;
    struct text rest = text_of(line);
    while (rest.bytes)
        arguments[count++] = text_c_string(arena, text_cut(&rest, ' '));
    return gateway_options_parse(arena, arguments, out_options, err);
}

static void
expect_refused(const char *line, const char *words)
{
    struct gateway_options options;
    struct error err;
    cr_assert_not(parse(line, &options, &err), "%s", line);
    cr_assert(strstr(err.message, words), "%s", err.message);
}

#define PORTS "--state s --listen 127.0.0.1:8080 --admin [::1]:9080"

Test(gateway_options, are_read_with_a_blank_or_an_equals_sign)
{
    struct gateway_options options;
    struct error err;

    cr_assert(
        parse("--workspace=demo --environment dev --control c.sock --drain-seconds=7 --access-log off " PORTS,
              &options, &err),
        "%s", err.message);

    cr_assert(text_equals(options.workspace, TEXT("demo")));
    cr_assert_eq(options.listen.port, 8080);
    cr_assert_str_eq(options.admin.host, "::1");
    cr_assert_eq(options.drain_ms, 7000);
    cr_assert_not(options.writes_access_log);
}

Test(gateway_options, an_operator_over_the_network_needs_certificates_and_lets_calls_linger)
{
    struct gateway_options options;
    struct error err;

    cr_assert(
        parse("--workspace w --environment e --control wss://operator:8443 --control-cert c --control-key k "
              "--control-ca a --credentials /run/c " PORTS,
              &options, &err),
        "%s", err.message);
    cr_assert_eq(options.linger_ms, 10000);
    cr_assert_str_eq(options.credentials_folder, "/run/c");

    cr_assert(parse("--workspace w --environment e --control c.sock " PORTS, &options, &err));
    cr_assert_eq(options.linger_ms, 0);
    cr_assert(parse("--config c --linger-seconds 3 " PORTS, &options, &err));
    cr_assert_eq(options.linger_ms, 3000);
    expect_refused(
        "--workspace w --environment e --control wss://o:1 --control-cert c --control-key k " PORTS,
        "--control-ca");
}

Test(gateway_options, say_what_is_wrong)
{
    expect_refused("--config c --port 1 " PORTS, "--port is not an option");
    expect_refused(PORTS, "--control");
    expect_refused("--control c " PORTS, "--workspace");
    expect_refused("--config c --state s --listen 8080 --admin :1", "ADDR:PORT");
    expect_refused("--config c --state s --listen :99999 --admin :1", "ADDR:PORT");
    expect_refused("--config c --listen :1 --admin :1", "--state is missing");
    expect_refused("--config c --tls-cert x " PORTS, "go together");
    expect_refused("--config c --tls-listen 0.0.0.0:8443 " PORTS, "--tls-listen needs --tls-cert");
    expect_refused("--config c --access-log maybe " PORTS, "neither on nor off");
    expect_refused("--config", "needs a value");
}

Test(gateway_options, help_names_each_with_an_example)
{
    struct buffer help;
    buffer_init(&help, arena, 0);
    gateway_options_print_help(&help);
    cr_assert(text_find(buffer_text(&help), TEXT("--drain-seconds")) >= 0);
    cr_assert(text_find(buffer_text(&help), TEXT("Example:")) >= 0);
}
