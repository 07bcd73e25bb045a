/* As gateways name it, as the cluster's DNS does, and within the namespace. */
#include "operator/runtime/identity_names.h"

#include "lib/base/arena.h"

enum { NAMES = 3 };

struct text_list
identity_names_of_service(struct arena *arena, struct text service, struct text namespace)
{
    struct text *names = arena_alloc_array(arena, NAMES, sizeof(*names));
    names[0] = text_format(arena, "%.*s.%.*s.svc", TEXT_ARG(service), TEXT_ARG(namespace));
    names[1] = text_format(arena, "%.*s.cluster.local", TEXT_ARG(names[0]));
    names[2] = text_copy(arena, service);
    return (struct text_list){names, NAMES};
}
