/* A type with every kind of field, for the tests of lib/schema. */
#pragma once

#include "lib/schema/fields.h"

enum color { COLOR_RED, COLOR_GREEN, COLOR_BLUE };
extern const char *const color_names[];

/* clang-format off */
#define TOOL_FIELDS(F, T)                                                                                        \
    F(T, TEXT,        name,    "name",    REQUIRED, MAX_LENGTH(10), FORMAT(dns_label), DOC("What it is called.")) \
    F(T, INT,         count,   "count",   DEFAULT("1"), RANGE(1, 9), DOC("How many."))                            \
    F(T, TEXT,        code,    "code",    SECRET, DOC("Opens the shed."))
DECLARE_SCHEMA(tool, TOOL_FIELDS);

#define PUMP_FIELDS(F, T)                                                                                         \
    F(T, DURATION,    every,   "every",   DEFAULT("5m"), RANGE(1000, 3600000), DOC("How often."))                 \
    F(T, MONEY,       price,   "price",   RANGE(10000000, 100000000000), DOC("What an hour costs."))              \
    F(T, BOOL,        on,      "running", DEFAULT("true"), DOC("Runs."))
DECLARE_SCHEMA(pump, PUMP_FIELDS);

#define GATE_FIELDS(F, T)                                                                                         \
    F(T, TEXT,        key,     "key",     REQUIRED, IMMUTABLE, DOC("Which key opens it."))
DECLARE_SCHEMA(gate, GATE_FIELDS);

#define GARDEN_FIELDS(F, T)                                                                                       \
    F(T, TEXT,        owner,   "owner",   REQUIRED, MIN_LENGTH(1), DOC("Who answers for it."))                    \
    F(T, INT,         area,    "area",    RANGE(0, INT64_MAX), DOC("Square metres."))                             \
    F(T, BOOL,        open,    "open",    DOC("Whether people may come in."))                                     \
    F(T, ENUM(color), color,   "color",   DEFAULT("Green"), DOC("Of the fence."))                                 \
    F(T, TIME,        since,   "since",   DOC("When it began."))                                                  \
    F(T, OBJECT(pump), pump,   "pump",    DOC("What waters it."))                                                 \
    F(T, OBJECT(gate), gate,   "gate",    DOC("The way in."))                                                     \
    F(T, LIST(tool),  tools,   "tools",   LIST_KEYS("name"), MAX_ITEMS(4), DOC("What hangs in the shed."))        \
    F(T, TEXTS,       plants,  "plants",  SET, MAX_ITEMS(3), MAX_LENGTH(5), DOC("What grows."))                   \
    F(T, TEXTS,       codes,   "codes",   SECRET, DOC("Of the gates."))                                           \
    F(T, INTS,        beds,    "beds",    SET, MIN_ITEMS(1), RANGE(1, 99), DOC("Numbers of the beds."))           \
    F(T, TEXT_MAP,    stores,  "stores",  FORMAT(quantity), DOC("How much of what."))                             \
    F(T, TEXT_MAP,    safes,   "safes",   SECRET, DOC("What is locked away."))                                    \
    F(T, INT,         pin,     "pin",     SECRET, DOC("Of the alarm."))                                           \
    F(T, ANY,         notes,   "notes",   DOC("Whatever."))                                                       \
    F(T, TEXT,        robot,   "robot",   NOT_YET("nobody has built it"), DOC("Who mows."))                       \
    F(T, TEXT,        shade,   "shade",   CLUSTER_ONLY("a laptop has no sun"), DOC("Where it is dark."))          \
    F(T, TEXT,        gnome,   "gnome",   LEDGER_ONLY("nobody else counts") , DOC("Who watches."))             \
    F(T, BOOL,        fence,   "fence",   REFUSED_YET("nothing holds it up"), DOC("Keeps deer out."))             \
    F(T, BOOL,        moat,    "moat",    DEFAULT("false"), REFUSED_YET("there is no water"), DOC("Keeps all out."))
DECLARE_SCHEMA(garden, GARDEN_FIELDS);
/* clang-format on */
