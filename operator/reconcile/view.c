/* Looking things up in a view. */
#include "operator/reconcile/view.h"

const struct credential *
view_find_credential(const struct reconcile_view *view, struct text namespace, const struct secret_ref *ref)
{
    for (size_t i = 0; i < view->credentials.count; i++) {
        const struct credential *credential = &view->credentials.items[i];
        if (text_equals(credential->namespace, namespace) && text_equals(credential->secret, ref->name) &&
            text_equals(credential->key, ref->key))
            return credential;
    }
    return NULL;
}
