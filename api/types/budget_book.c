/* The declaration of budget_book.h made real. */
#include "api/types/budget_book.h"

DEFINE_SCHEMA(budget_book, BUDGET_BOOK_FIELDS, "Every budget there is.");
