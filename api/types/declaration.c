/* The declarations of declaration.h made real. */
#include "api/types/declaration.h"

DEFINE_SCHEMA(declared_thing, DECLARED_THING_FIELDS, "Something whose changes belong into the audit log.");
DEFINE_SCHEMA(declared_caller, DECLARED_CALLER_FIELDS, "Somebody who may call by key.");
DEFINE_SCHEMA(declared_price, DECLARED_PRICE_FIELDS, "What a target costs.");
DEFINE_SCHEMA(declared_limit, DECLARED_LIMIT_FIELDS, "A limit in force.");
DEFINE_SCHEMA(declaration, DECLARATION_FIELDS, "What is declared beside budgets.");
