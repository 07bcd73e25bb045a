/* What one call used, and where the numbers come from. */
#pragma once

#include "api/types/usage_record.h"

struct call_usage {
    enum usage_source source;
    struct usage_vector vector;
};
