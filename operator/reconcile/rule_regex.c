/* Globs to RE2. A provider's name has no slash, so the first slash parts it from the model. */
#include "operator/reconcile/rule_regex.h"

#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buffer.h"

static void add_glob(struct buffer *out, struct text glob, const char *star);

struct text
rule_regex(struct arena *arena, const struct model_pattern_list *patterns)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    buffer_add_string(&out, "(?s)^(?:");
    size_t count = 0;
    for (size_t i = 0; i < patterns->count; i++) {
        const struct model_pattern *pattern = &patterns->items[i];
        if (text_find_byte(pattern->provider, '/') >= 0)
            continue; /* no provider is called so */
        buffer_add_string(&out, count++ > 0 ? "|" : "");
        add_glob(&out, pattern->provider, "[^/]*");
        buffer_add_byte(&out, '/');
        add_glob(&out, pattern->name, ".*");
    }
    buffer_add_string(&out, ")$");
    return buffer_text(&out);
}

struct text
rule_name_regex(struct arena *arena, const struct model_pattern_list *patterns)
{
    struct buffer out;
    buffer_init(&out, arena, 64);
    buffer_add_string(&out, "(?s)^(?:");
    for (size_t i = 0; i < patterns->count; i++) {
        buffer_add_string(&out, i > 0 ? "|" : "");
        add_glob(&out, patterns->items[i].name, ".*");
    }
    buffer_add_string(&out, ")$");
    return buffer_text(&out);
}

static void
add_glob(struct buffer *out, struct text glob, const char *star)
{
    for (size_t i = 0; i < glob.length; i++) {
        char byte = glob.bytes[i];
        if (byte == '*') {
            buffer_add_string(out, star);
            continue;
        }
        if (byte && strchr("\\.+?()|[]{}^$", byte))
            buffer_add_byte(out, '\\');
        buffer_add_byte(out, byte);
    }
}
