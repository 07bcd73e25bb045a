/* Cells of CSV (RFC 4180), for people's spreadsheets. */
#pragma once

#include "lib/base/text.h"

struct buffer;

/* One cell, quoted where it must be. One that a spreadsheet would take for a formula (it begins with = + - @,
 * a tab or CR) gets a ' in front: names in records are chosen by callers. */
void csv_add_cell(struct buffer *out, struct text value);
/* The same for what is written by us, such as a number: no ' in front. */
void csv_add_plain(struct buffer *out, struct text value);
