"""The journal of a gateway, for suites that look at what it kept."""
import json
from pathlib import Path


def journal_records(folder):
    """Every whole record of every segment below the folder, read as the format is written down in lib/journal/journal.h."""
    records = []
    for segment in sorted(Path(folder).rglob("*.log")):
        data = segment.read_bytes()
        if data[:8] != b"WEIRJNL1":
            continue
        at = 16
        while at + 8 <= len(data):
            length = int.from_bytes(data[at:at + 4], "little")
            if length == 0 or at + 8 + length > len(data):
                break
            records.append(json.loads(data[at + 8:at + 8 + length]))
            at += 8 + length
    return records
