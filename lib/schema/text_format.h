/* Shapes that text may be asked to have: FORMAT(dns_label) in a field list names one of these. */
#pragma once

#include <stdbool.h>

#include "lib/base/text.h"

/* A shape text must have, once as a function and once as the CRD's pattern. */
struct text_format {
    const char *name;    /* "a DNS label": what the error calls it */
    const char *pattern; /* RE2, anchored */
    const char *example;
    bool (*accepts)(struct text text);
};
extern const struct text_format text_format_dns_label;     /* RFC 1123 label, at most 63 */
extern const struct text_format text_format_dns_subdomain; /* RFC 1123 subdomain, at most 253 */
extern const struct text_format text_format_url;           /* http or https, no userinfo, no fragment */
extern const struct text_format text_format_sha256;        /* "sha256:" and 64 lower-case hex digits */
extern const struct text_format text_format_sha256_hex;    /* 64 lower-case hex digits */
extern const struct text_format text_format_quantity;      /* Kubernetes quantity */
extern const struct text_format text_format_glob;          /* printable ASCII without blanks or quotes */
extern const struct text_format text_format_cron;          /* five fields */
extern const struct text_format text_format_cidr;          /* IPv4 or IPv6 prefix */
extern const struct text_format text_format_time_zone;     /* name in the tz database, there or not */
extern const struct text_format text_format_file_name;     /* one path segment: no slash, no leading dot */
