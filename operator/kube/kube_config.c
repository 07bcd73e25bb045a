/* Finds the context, its cluster and its user over several files. What these say is read in
 * kube_config_cluster.c and kube_config_user.c. */
#include "operator/kube/kube_config.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/document/yaml.h"
#include "operator/kube/kube_config_parts.h"

struct kube_config_file {
    const char *path;
    const struct document *root;
};

struct file_set {
    struct kube_config_file items[KUBE_CONFIG_MOST_FILES];
    size_t count;
};

static bool parse_file(struct arena *arena, struct text yaml, const char *path, struct file_set *files,
                       struct error *err);
static bool
read_files(struct arena *arena, const struct text_list *paths, struct file_set *files, struct error *err);
static bool find_entry(const struct file_set *files, const char *list, struct text name,
                       struct kube_config_entry *out_entry, struct error *err);
static bool assemble(struct arena *arena, const struct file_set *files, const char *context,
                     struct kube_config *out_config, struct error *err);

bool
kube_config_read(struct arena *arena, const struct text_list *paths, const char *context,
                 struct kube_config *out_config, struct error *err)
{
    struct file_set files = {0};
    return read_files(arena, paths, &files, err) && assemble(arena, &files, context, out_config, err);
}

bool
kube_config_parse(struct arena *arena, const struct kube_config_source *source, const char *context,
                  struct kube_config *out_config, struct error *err)
{
    struct file_set files = {0};
    return parse_file(arena, source->yaml, source->path, &files, err) &&
           assemble(arena, &files, context, out_config, err);
}

static bool
read_files(struct arena *arena, const struct text_list *paths, struct file_set *files, struct error *err)
{
    for (size_t i = 0; i < paths->count; i++) {
        if (paths->items[i].length == 0)
            continue;
        const char *path = text_c_string(arena, paths->items[i]);
        struct text yaml;
        struct error why = {0};
        if (file_read(arena, path, KUBE_CONFIG_MOST_BYTES, &yaml, &why)) {
            if (!parse_file(arena, yaml, path, files, err))
                return false;
        } else if (why.kind != ERROR_NOT_FOUND) {
            return error_set(err, why.kind, "the kubeconfig cannot be read: %s", why.message);
        }
    }
    if (files->count > 0)
        return true;
    struct text all = text_join(arena, paths, TEXT(", "));
    return error_set(err, ERROR_NOT_FOUND,
                     "there is no kubeconfig at %.*s: name one with --kubeconfig or $KUBECONFIG",
                     (int)(all.length < 300 ? all.length : 300), all.bytes ? all.bytes : "\"\"");
}

/* The parser's words may quote what stands in the file, such as a password: only the place is told. */
static bool
parse_file(struct arena *arena, struct text yaml, const char *path, struct file_set *files, struct error *err)
{
    if (files->count == KUBE_CONFIG_MOST_FILES)
        return error_set(err, ERROR_INVALID, "more than %d kubeconfig files", KUBE_CONFIG_MOST_FILES);
    struct document_list documents;
    struct error why = {0};
    if (!yaml_parse(arena, yaml, TEXT("line"), &documents, &why)) {
        struct text place = text_of(why.message);
        ptrdiff_t end = text_find(place, TEXT(": "));
        return error_set(err, ERROR_INVALID, "%s is not valid YAML (%.*s)", path, end > 0 ? (int)end : 0,
                         why.message);
    }
    if (documents.count > 1 || (documents.count == 1 && document_kind(documents.items[0]) != DOCUMENT_MAP))
        return error_set(err, ERROR_INVALID, "%s is not a kubeconfig: it must hold one map", path);
    files->items[files->count++] =
        (struct kube_config_file){.path = path, .root = documents.count == 1 ? documents.items[0] : NULL};
    return true;
}

static bool
find_entry(const struct file_set *files, const char *list, struct text name,
           struct kube_config_entry *out_entry, struct error *err)
{
    char member[16]; /* "clusters" holds a list of {name, cluster} */
    snprintf(member, sizeof(member), "%.*s", (int)strlen(list) - 1, list);
    for (size_t i = 0; i < files->count; i++) {
        const struct document *entries = document_find(files->items[i].root, text_of(list));
        for (size_t j = 0; j < document_count(entries); j++) {
            const struct document *entry = document_at(entries, j);
            if (!text_equals(document_text(document_find(entry, TEXT("name"))), name))
                continue;
            *out_entry =
                (struct kube_config_entry){name, document_find(entry, text_of(member)), files->items[i].path};
            return true;
        }
    }
    return error_set(err, ERROR_INVALID, "%s has no %s named \"%.*s\"",
                     files->count == 1 ? files->items[0].path : "none of the kubeconfig files", member,
                     (int)(name.length < 100 ? name.length : 100), name.bytes ? name.bytes : "");
}

static struct text
current_context(const struct file_set *files)
{
    struct text name = {0};
    for (size_t i = 0; i < files->count && name.length == 0; i++)
        name = document_text(document_find(files->items[i].root, TEXT("current-context")));
    return name;
}

static bool
assemble(struct arena *arena, const struct file_set *files, const char *wanted,
         struct kube_config *out_config, struct error *err)
{
    struct kube_config config = {0};
    struct kube_config_entry context = {0}, cluster = {0}, user = {0};
    struct text name = wanted ? text_of(wanted) : current_context(files);
    if (name.length == 0)
        return error_set(err, ERROR_INVALID,
                         "%s has no current-context: choose one with --context, or with "
                         "`kubectl config use-context`",
                         files->items[0].path);
    if (!find_entry(files, "contexts", name, &context, err))
        return false;
    struct text cluster_name = document_text(document_find(context.content, TEXT("cluster")));
    struct text user_name = document_text(document_find(context.content, TEXT("user")));
    config.namespace = document_text(document_find(context.content, TEXT("namespace")));
    if (!find_entry(files, "clusters", cluster_name, &cluster, err) ||
        !kube_config_cluster(arena, &cluster, &config, err))
        return false;
    if (user_name.length > 0 &&
        (!find_entry(files, "users", user_name, &user, err) || !kube_config_user(arena, &user, &config, err)))
        return false;
    *out_config = config;
    return true;
}
