/* A gateway config from any bytes: it is refused with words, or it is live and every caller in it can be
 * found. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/book.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/map.h"
#include "lib/document/json.h"
#include "lib/net/loop.h"
#include "lib/net/upstream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
expect_callers_found(const struct live_config *config)
{
    for (size_t i = 0; i < config->config.callers.count; i++) {
        const struct gateway_caller *caller = &config->config.callers.items[i];
        for (size_t k = 0; k < caller->key_hashes.count; k++) {
            uint8_t hash[DIGEST_SHA256_BYTES];
            struct text written = caller->key_hashes.items[k];
            assert(digest_parse_hex(text_slice(written, 7, written.length), hash, sizeof(hash)));
            assert(live_callers_find(&config->callers, hash) == caller);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static struct loop *loop;
    static struct arena *process;
    if (!loop) {
        process = arena_new(0);
        loop = loop_new(process);
    }
    const struct upstream_pool_options pool = {8, 8, 1000, 32768};
    struct arena *arena = arena_new(0);
    const struct live_config_site site = {.arena = arena,
                                          .pool = upstream_pool_new(arena, loop, &pool),
                                          .health = book_new(arena),
                                          .tls_contexts = map_new(arena)};
    struct arena *own = arena_new(0);
    struct document *document;
    struct live_config *config;
    struct error err = {0};
    struct live_config_source source = {.arena = own};
    struct text json = {(const char *)bytes, length};
    bool is_json = json_parse(own, json, TEXT("config"), &document, &err);
    source.document = is_json ? document : NULL;
    if (is_json && live_config_load(&site, &source, &config, &err)) {
        expect_callers_found(config);
        live_config_unref(config);
    } else {
        assert(err.message[0] != '\0');
        arena_free(own);
    }
    assert(book_count(site.health) == 0);
    upstream_pool_close(site.pool);
    arena_free(arena);
    return 0;
}
