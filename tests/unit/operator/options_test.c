/* The command line of weir-operator. */
#include <criterion/criterion.h>

#include "lib/base/error.h"
#include "operator/options.h"

static bool
parse(struct options *options, struct error *err, char *first, char *second, char *third)
{
    char program[] = "weir-operator";
    char *arguments[] = {program, first, second, third, NULL};
    int count = 1;
    while (arguments[count])
        count++;
    return options_parse(count, arguments, true, options, err);
}

Test(options, a_folder_is_enough)
{
    struct options options;
    char folder[] = "--local=examples/quickstart";

    cr_assert(parse(&options, NULL, folder, NULL, NULL));

    cr_assert_str_eq(options.local.folder, "examples/quickstart");
    cr_assert_eq(options.local.port, 8080);
    cr_assert_not(options.local.as_json, "a terminal gets the transcript");
}

Test(options, without_a_folder_it_says_what_is_missing)
{
    struct options options;
    struct error err = {0};

    cr_assert_not(parse(&options, &err, NULL, NULL, NULL));
    cr_assert(strstr(err.message, "--local DIR is missing"));
}

Test(options, a_port_out_of_range_is_refused)
{
    struct options options;
    struct error err = {0};
    char folder[] = "--local=x", port[] = "--port=70000";

    cr_assert_not(parse(&options, &err, folder, port, NULL));
    cr_assert(strstr(err.message, "70000"));
}

Test(options, json_can_be_asked_for_both_ways)
{
    struct options one, two;
    char folder[] = "--local=x", json[] = "--json", output[] = "--output=json";

    cr_assert(parse(&one, NULL, folder, json, NULL));
    cr_assert(parse(&two, NULL, folder, output, NULL));

    cr_assert(one.local.as_json);
    cr_assert(two.local.as_json);
}

Test(options, a_flag_nobody_knows_is_refused)
{
    struct options options;
    struct error err = {0};
    char folder[] = "--local=x", flag[] = "--prot=1";

    cr_assert_not(parse(&options, &err, folder, flag, NULL));
    cr_assert(strstr(err.message, "--prot=1"));
}

Test(options, a_cluster_needs_no_folder_and_has_sensible_names)
{
    struct options options;
    char cluster[] = "--cluster", image[] = "--gateway-image=registry.example/weir-gateway:1";

    cr_assert(parse(&options, NULL, cluster, image, NULL));

    cr_assert(options.is_cluster);
    cr_assert_str_eq(options.cluster.gateway_image, "registry.example/weir-gateway:1");
    cr_assert_str_eq(options.cluster.namespace, "weir-system");
    cr_assert_str_eq(options.cluster.control_listen, "0.0.0.0:8443");
    cr_assert_str_eq(options.cluster.lease_name, "weir-operator");
    cr_assert_null(options.cluster.ledger_service);
}

Test(options, a_cluster_has_the_ledger_that_is_named)
{
    struct options options;
    char cluster[] = "--cluster", ledger[] = "--ledger-service=weir-api";

    cr_assert(parse(&options, NULL, cluster, ledger, NULL));

    cr_assert_str_eq(options.cluster.ledger_service, "weir-api");
}

Test(options, a_cluster_and_a_folder_exclude_each_other)
{
    struct options options;
    struct error err = {0};
    char cluster[] = "--cluster", folder[] = "--local=x";

    cr_assert_not(parse(&options, &err, cluster, folder, NULL));
    cr_assert(strstr(err.message, "exclude each other"));
}
