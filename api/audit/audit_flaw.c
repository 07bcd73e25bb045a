/* Words for flaws. */
#include "api/audit/audit_flaw.h"

const char *const audit_flaw_names[] = {
    "Sound",
    "RowUnreadable",
    "RowChanged",
    "RowOutOfOrder",
    "RowUnlinked",
    "RowsMissing",
    "RowsEmptied",
    "RowsRewritten",
    "CheckpointUnreadable",
    "CheckpointUnsigned",
    "CheckpointOutOfOrder",
    NULL,
};

struct text
audit_flaw_advice(enum audit_flaw flaw)
{
    switch (flaw) {
    case AUDIT_SOUND:
        break;
    case AUDIT_ROW_UNREADABLE:
        return TEXT(
            "Export again, and compare: a file that was cut or edited on its way differs. An export of a "
            "newer Weir is read by that version's weir.");
    case AUDIT_ROW_CHANGED:
        return TEXT(
            "Export again. If this row is the same there, it was changed in the store: compare it with a "
            "backup and with the gateways' journals.");
    case AUDIT_ROW_OUT_OF_ORDER:
    case AUDIT_ROW_UNLINKED:
        return TEXT(
            "Export the whole log again, from row 1. If it is the same there, rows were removed from the "
            "store, put in or replaced: compare it with a backup.");
    case AUDIT_ROWS_MISSING:
        return TEXT(
            "Export again, up to the end. If the store has no more rows, its end was cut off: restore them "
            "from a backup.");
    case AUDIT_ROWS_EMPTIED:
        return TEXT("Export again, up to the end. If it is the same there, somebody took the contents of "
                    "these rows out "
                    "of the store: find them in a backup.");
    case AUDIT_ROWS_REWRITTEN:
        return TEXT(
            "These rows were written anew after they had been signed. Find the original ones in a backup; "
            "an export that verifies against this checkpoint is one.");
    case AUDIT_CHECKPOINT_UNREADABLE:
        return TEXT(
            "Compare the file of checkpoints with another copy of it. If only its end is cut off, the "
            "writer was stopped there, and mends it when it starts again.");
    case AUDIT_CHECKPOINT_UNSIGNED:
        return TEXT(
            "Give the public keys of this log, also of former signing keys, in one file after --key. If "
            "they are all there, the checkpoint is a forgery.");
    case AUDIT_CHECKPOINT_OUT_OF_ORDER:
        return TEXT(
            "Give the file of checkpoints of this one log, as it was written. If it is, something was put "
            "into it: compare it with another copy.");
    }
    return (struct text){0};
}
