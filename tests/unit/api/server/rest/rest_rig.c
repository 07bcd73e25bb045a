#include "tests/unit/api/server/rest/rest_rig.h"

#include "api/server/ledger/ledger_connections.h"
#include "api/types/ledger_frames.h"

RIG_SERVER_UP
RIG_SERVER_DOWN

static void
on_done(void *owner, const struct ledger_outcome *outcome)
{
    cr_assert_eq(outcome->end, LEDGER_DONE, "%s", outcome->why.message);
    *(bool *)owner = true;
}

struct ledger *
given_ledger(void)
{
    bool is_open = false;
    const struct ledger_connections connections = {rig.db, rig.db, rig.db, rig_open_reader()};
    struct ledger *ledger = ledger_open(rig.arena, rig.loop, &connections, on_done, &is_open);
    rig_until(&is_open);
    return ledger;
}

void
given_records(struct ledger *ledger, const char *workspace, const char *journal, struct text records)
{
    const struct ledger_hello hello = {.workspace = text_of(workspace),
                                       .environment = TEXT("dev"),
                                       .gateway = TEXT("g"),
                                       .journal = text_of(journal)};
    struct usage_batch batch = {.origin = {text_of(journal), text_of(workspace), TEXT("dev")}};
    struct text rest = records, record;
    struct error err = {0};
    bool is_welcome = false, is_kept = false;
    ledger_welcome(ledger, rig.arena, &hello, on_done, &is_welcome);
    rig_until(&is_welcome);
    while (ledger_next_record(&rest, &record))
        batch.count++;
    cr_assert(usage_batch_read(rig.arena, &batch, records, &err), "%s", err.message);
    ledger_ingest(ledger, rig.arena, &batch, on_done, &is_kept);
    rig_until(&is_kept);
}
