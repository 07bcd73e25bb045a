/* By which names a Service of ours is dialled: what its certificate has to be for. */
#pragma once

#include "lib/base/text.h"

struct arena;

struct text_list identity_names_of_service(struct arena *arena, struct text service, struct text namespace);
