/* What `weir up` tells: lines for people on a terminal, one JSON object a line for programs. Decides nothing.
 */
#pragma once

#include <stdio.h>

#include "api/types/alert_report.h"
#include "api/types/environment_state.h"
#include "lib/schema/problems.h"

struct manifest;
struct transcript;

/* Writes to file (stdout), flushed after each event. */
struct transcript *transcript_new(struct arena *arena, FILE *file, bool as_json);

struct transcript_start {
    const char *folder; /* as it was given */
    struct text workspace;
    size_t environments, organisation_policies, environment_policies;
};

/* Once for each workspace, first. */
void transcript_started(struct transcript *transcript, const struct transcript_start *start);
/* A gateway has its config for the first time, or again after it ended. key is empty but for the first time.
 */
void transcript_gateway_ready(struct transcript *transcript, const struct environment_state *state,
                              struct text key);
struct transcript_try {
    const struct environment_state *state; /* of the environment to try */
    struct text key;                       /* for it */
    struct text weir;                      /* how the CLI is called from here: ./build/weir */
    struct text explain;                   /* demo/prod */
    struct text edit;                      /* a file to play with */
};

/* Every gateway is ready for the first time: how to try it. */
void transcript_all_ready(struct transcript *transcript, const struct transcript_try *example);
/* An edit took effect. */
void transcript_changed(struct transcript *transcript, const struct environment_state *state,
                        struct text change, int64_t took_ms);
/* Something does not go on: state.reason and state.message say what. */
void
transcript_trouble(struct transcript *transcript, const char *event, const struct environment_state *state);
void transcript_drained(struct transcript *transcript, struct text namespace);
/* The problems of a refused file, with the lines they are in. */
void transcript_refused(struct transcript *transcript, const struct manifest *manifest);
/* After the last refused file of a look: how many there are; nothing was changed. */
void transcript_nothing_changed(struct transcript *transcript, size_t problems, size_t files);
/* Whatever was refused is all right now. */
void transcript_mended(struct transcript *transcript);
/* Somebody reached a threshold of a budget. */
void transcript_alert(struct transcript *transcript, const struct raised_alert *alert);
void transcript_note(struct transcript *transcript, const char *event, struct text message);
