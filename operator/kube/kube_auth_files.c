/* Opened by path each time: a pod's files are links that the kubelet swaps. */
#include "operator/kube/kube_auth_files.h"

#include "lib/base/arena.h"
#include "lib/base/error.h"
#include "lib/base/file.h"
#include "lib/net/http_headers.h"

enum { MOST_PEM_BYTES = 4 << 20, MOST_TOKEN_BYTES = 64 << 10 };

static bool
read_one(struct arena *arena, const struct kube_secret *secret, size_t most_bytes, struct text *out_value,
         struct error *err)
{
    if (!secret->file) {
        *out_value = secret->value;
        return true;
    }
    if (!file_read(arena, secret->file, most_bytes, out_value, err))
        return error_context(err, "reading credentials");
    if (text_trim(*out_value).length == 0)
        return error_set(err, ERROR_INVALID, "reading credentials: %s is empty", secret->file);
    return true;
}

bool
kube_auth_files_read(struct arena *arena, const struct kube_config *config, struct kube_auth_files *out_files,
                     struct error *err)
{
    struct kube_auth_files files;
    if (!read_one(arena, &config->ca, MOST_PEM_BYTES, &files.ca_pem, err) ||
        !read_one(arena, &config->certificate, MOST_PEM_BYTES, &files.certificate_pem, err) ||
        !read_one(arena, &config->key, MOST_PEM_BYTES, &files.key_pem, err) ||
        !read_one(arena, &config->token, MOST_TOKEN_BYTES, &files.token, err))
        return false;
    files.token = text_trim(files.token);
    if (!http_header_value_is_safe(files.token))
        return error_set(err, ERROR_INVALID, "reading credentials: the token in %s has line ends or controls",
                         config->token.file ? config->token.file : "the kubeconfig");
    *out_files = files;
    return true;
}
