/* Whether a certificate that was issued earlier still does. */
#pragma once

#include "lib/net/tls_certificate.h"

/* Of this authority, with its own key, of this common name, and not yet due to be renewed. */
bool identity_is_good(const struct tls_identity *identity, struct text authority, struct text common_name);
