/* Back-off doubles with each attempt, with jitter; what the server asks for counts when it is longer. */
#include "api/cli/batch/batch_retry.h"

#include "lib/base/parse.h"

#define FIRST_DELAY_MS 500
#define LONGEST_DELAY_MS 30000
#define LONGEST_ASKED_MS 600000 /* of Retry-After: a run is not put to sleep for a day */

enum {
    MOST_ATTEMPTS = 6,            /* of calls that may have been done */
    MOST_ATTEMPTS_HARMLESS = 200, /* of calls that were refused for now (429), or never sent */
    MOST_ATTEMPTS_UNKNOWN = 4,    /* 401: the token may just have been renewed */
};

static int64_t asked_delay(const struct batch_outcome *outcome);
static int64_t backoff(int attempt, uint64_t random);

struct batch_verdict
batch_retry_decide(const struct batch_outcome *outcome, int attempt, uint64_t random)
{
    int status = outcome->status;
    bool is_harmless = status == 429 || (status == 0 && outcome->was_never_sent);
    bool is_passing = is_harmless || status == 0 || status == 408 || status == 409 || status >= 500;
    int most = status == 401 ? MOST_ATTEMPTS_UNKNOWN : is_harmless ? MOST_ATTEMPTS_HARMLESS : MOST_ATTEMPTS;
    bool is_told_not_to = text_equals_ignore_case(outcome->should_retry, TEXT("false"));
    bool is_told_to = text_equals_ignore_case(outcome->should_retry, TEXT("true"));
    if (status == 401 && attempt >= most)
        return (struct batch_verdict){.step = BATCH_STEP_STOP};
    if ((is_passing || is_told_to || status == 401) && !is_told_not_to && attempt < most) {
        int64_t asked = asked_delay(outcome), own = backoff(attempt, random);
        return (struct batch_verdict){.step = BATCH_STEP_RETRY,
                                      .delay_ms = asked > own ? asked : own,
                                      .is_for_all = asked > 0 && status == 429};
    }
    return (struct batch_verdict){.step = status == 0 ? BATCH_STEP_GIVE_UP : BATCH_STEP_ANSWERED};
}

/* Retry-After in whole seconds (RFC 9110 10.2.3; its form as a date is passed over), or retry-after-ms. */
static int64_t
asked_delay(const struct batch_outcome *outcome)
{
    int64_t ms = 0, seconds = 0;
    if (parse_int64(outcome->retry_after_ms, &ms) && ms > 0)
        return ms < LONGEST_ASKED_MS ? ms : LONGEST_ASKED_MS;
    if (parse_int64(outcome->retry_after, &seconds) && seconds > 0)
        return seconds < LONGEST_ASKED_MS / 1000 ? seconds * 1000 : LONGEST_ASKED_MS;
    return 0;
}

static int64_t
backoff(int attempt, uint64_t random)
{
    int64_t most = FIRST_DELAY_MS;
    for (int i = 1; i < attempt && most < LONGEST_DELAY_MS; i++)
        most *= 2;
    if (most > LONGEST_DELAY_MS)
        most = LONGEST_DELAY_MS;
    return most / 2 + (int64_t)(random % (uint64_t)(most / 2 + 1));
}
