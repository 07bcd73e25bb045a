/* One step in the life of a request. */
#pragma once

struct exchange;

enum stage_result {
    STAGE_NEXT,     /* go on */
    STAGE_WAIT,     /* started something; exchange_resume() will be called from the loop */
    STAGE_ANSWERED, /* the reply is decided; skip the stages below */
};

struct stage {
    const char *name;
    enum stage_result (*on_request)(struct exchange *exchange); /* top to bottom */
    /* For the stage that waits: the client left (end what you started, then resume), or takes bytes again. */
    void (*on_client_gone)(struct exchange *exchange);
    void (*on_writable)(struct exchange *exchange);
    void (*on_done)(struct exchange *exchange); /* bottom to top, exactly once, always */
};

extern const struct stage stage_record_usage;
extern const struct stage stage_check_service;
extern const struct stage stage_find_endpoint;
extern const struct stage stage_identify_caller;
extern const struct stage stage_read_purpose;
extern const struct stage stage_list_models;
extern const struct stage stage_read_request;
extern const struct stage stage_check_model;
extern const struct stage stage_check_maxima;
extern const struct stage stage_recall_answer;
extern const struct stage stage_take_limits;
extern const struct stage stage_choose_route;
extern const struct stage stage_hold_budget;
extern const struct stage stage_call_provider;
