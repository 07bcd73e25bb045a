/* A stored config goes through the same checks as one from the wire: a file can be old, torn or edited. */
#include "gateway/config_store.h"

#include "api/types/control_frames.h"
#include "gateway/live_config.h"
#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/json.h"

enum { FIRST_BYTES = 65536 };

static const char *
path_in(struct arena *arena, const char *state_folder)
{
    return text_c_string(arena, text_format(arena, "%s/config.json", state_folder));
}

bool
config_store_load_snapshot(const struct live_config_site *site, struct arena *arena,
                           const struct control_snapshot *snapshot, struct live_config **out_config,
                           struct error *err)
{
    struct text hash = gateway_config_hash(arena, snapshot->config);
    if (!text_equals(hash, snapshot->hash))
        return error_set(err, ERROR_INVALID, "the config's hash is %.*s, not %.*s as announced",
                         TEXT_ARG(hash), TEXT_ARG(snapshot->hash));
    const struct live_config_source source = {arena, snapshot->config, snapshot->epoch, snapshot->revision,
                                              hash};
    return live_config_load(site, &source, out_config, err);
}

static bool
load_fixed(const struct live_config_site *site, struct arena *arena, const char *path,
           struct live_config **out_config, struct error *err)
{
    struct text json;
    struct document *document;
    if (!file_read(arena, path, CONTROL_MAX_FRAME_BYTES, &json, err) ||
        !json_parse(arena, json, text_of(path), &document, err))
        return false;
    struct text hash = gateway_config_hash(arena, document);
    const struct live_config_source source = {arena, document, 0, gateway_config_revision(arena, 0, hash),
                                              hash};
    return live_config_load(site, &source, out_config, err);
}

bool
config_store_load_fixed(const struct live_config_site *site, const char *path,
                        struct live_config **out_config, struct error *err)
{
    struct arena *arena = arena_new(FIRST_BYTES);
    if (load_fixed(site, arena, path, out_config, err))
        return true;
    arena_free(arena);
    return error_context(err, "loading the config %s", path);
}

bool
config_store_keep(const char *state_folder, struct text snapshot_message, struct error *err)
{
    scoped_arena struct arena *arena = arena_new(0);
    return file_write_atomic(path_in(arena, state_folder), snapshot_message, 0600, err);
}

static bool
load_last(const struct live_config_site *site, struct arena *arena, const char *path,
          struct live_config **out_config, struct error *err)
{
    struct text message;
    struct control_frame frame;
    if (!file_read(arena, path, CONTROL_MAX_FRAME_BYTES, &message, err) ||
        !control_frame_parse(arena, message, &frame, err))
        return false;
    if (frame.type != CONTROL_SNAPSHOT)
        return error_set(err, ERROR_INVALID, "it holds no snapshot");
    return config_store_load_snapshot(site, arena, &frame.snapshot, out_config, err);
}

bool
config_store_load_last(const struct live_config_site *site, const char *state_folder,
                       struct live_config **out_config, struct error *err)
{
    struct arena *arena = arena_new(FIRST_BYTES);
    const char *path = path_in(arena, state_folder);
    if (load_last(site, arena, path, out_config, err))
        return true;
    bool is_told = error_context(err, "loading the last good config from %s", path);
    arena_free(arena);
    return is_told;
}
