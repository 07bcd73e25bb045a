/* The order of resourceVersions within one resource. Between resources there is none. */
#include "operator/kube/kube_version.h"

bool
kube_version_is_newer(struct text version, struct text than)
{
    if (version.length != than.length)
        return version.length > than.length;
    return text_compare(version, than) > 0;
}
