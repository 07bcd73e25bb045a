/* What the tests of the flow share: a server with a history, and a watch that is driven against it. */
#pragma once

#include "tests/unit/operator/kube/watch_driver.h"

extern struct arena *arena;
extern struct fake_api api;
extern struct driver driver;

void given_scene(void);
void end_scene(void);
/* For the next turn of a loop. */
void given_fresh_scene(void);
/* a, b and c at the versions 97 to 99. */
void given_server(void);
/* Versions 100 to 104: what ALL_CHANGES says. */
void given_changes(void);
void given_synced_watch(void);
void expect_changes(const char *expected);
/* The last request's path contains it. */
bool asked(const char *part);

#define FIRST_CHANGES "+c3 +b2 +a1 "
#define ALL_CHANGES FIRST_CHANGES "~b4 -a1 +d5 +a6 -d5 "
