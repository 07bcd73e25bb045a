/* What weir-operator was asked to do on its command line. */
#pragma once

#include "operator/local/local_operator.h"

struct error;

struct options {
    struct local_options local;
    bool wants_help;
    bool wants_version;
};

/* Texts point into arguments. is_terminal decides between transcript and JSON when neither --json nor
 * --output does. */
MUST_CHECK bool
options_parse(int count, char **arguments, bool is_terminal, struct options *out_options, struct error *err);
const char *options_help(void);
