/* Time zones that only the machine's own database can judge. */
#pragma once

#include "api/types/object.h"

struct problem_list;

/* A notice at each budget whose time zone this machine does not know: well spelt as it may be, a gateway that
 * does not know it either would refuse the config. */
void check_zones(const struct object *object, struct problem_list *problems);
