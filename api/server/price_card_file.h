/* The file of weir-api's --price-card. */
#pragma once

#include "api/types/price_card.h"

struct error;

/* One YAML or JSON document. ERROR_INVALID names the first thing that is wrong, with its line. */
MUST_CHECK bool
price_card_file_read(struct arena *arena, const char *path, struct price_card *out_card, struct error *err);
/* The same of the file's text; name is for errors. */
MUST_CHECK bool price_card_file_parse(struct arena *arena, struct text yaml, struct text name,
                                      struct price_card *out_card, struct error *err);
