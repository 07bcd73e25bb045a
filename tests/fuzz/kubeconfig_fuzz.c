/* A kubeconfig: whatever is accepted can be sent in headers without breaking out of them, and has a server;
 * whatever is not comes with words. */
#include <assert.h>

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/net/http_headers.h"
#include "operator/kube/kube_config.h"

enum { MOST_BYTES = 65536 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
check_impersonation(struct text lines)
{
    while (lines.length > 0) {
        struct text line = text_cut(&lines, '\n');
        assert(text_starts_with(line, TEXT("Impersonate-")));
        struct text name = text_cut(&line, ':');
        assert(line.bytes && name.length > 0 && http_header_value_is_safe(line));
        for (size_t i = 0; i < name.length; i++)
            assert(name.bytes[i] > ' ' && name.bytes[i] < 0x7f);
    }
}

static void
check_plan(const struct kube_exec_plan *plan)
{
    assert(plan->program[0] != '\0' && plan->arguments[0] == plan->program && plan->time_limit_ms > 0);
    for (size_t i = 0; plan->environment[i]; i++)
        assert(strchr(plan->environment[i], '='));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size > MOST_BYTES)
        return 0;
    struct arena *arena = arena_new(0);
    struct kube_config config;
    struct error err = {0};
    struct kube_config_source source = {{(const char *)bytes, size}, "/f"};
    if (kube_config_parse(arena, &source, NULL, &config, &err)) {
        assert(text_starts_with(config.server, TEXT("http")));
        assert(http_header_value_is_safe(config.server) && http_header_value_is_safe(config.token.value));
        assert(http_header_value_is_safe(config.basic) && http_header_value_is_safe(config.server_name));
        assert(!config.is_insecure || (!config.ca.file && config.ca.value.length == 0));
        check_impersonation(config.impersonation);
        if (config.exec)
            check_plan(config.exec);
    } else {
        assert(err.kind != ERROR_NONE && err.message[0] != '\0');
    }
    arena_free(arena);
    return 0;
}
