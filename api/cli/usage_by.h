/* The words of --by. */
#pragma once

#include "lib/base/text.h"

/* Of "tag:KEY" the KEY; empty of any other word. */
struct text usage_by_tag(struct text word);
