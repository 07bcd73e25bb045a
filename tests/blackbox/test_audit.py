"""weir audit: what an auditor does with an export, its checkpoints and a public key, offline."""
import hashlib
import json
import os
import stat
import subprocess

import pytest

from processes import BUILD, ROOT, cli

GOLDEN = ROOT / "tests/golden/audit"
EXPORT, CHECKPOINTS, PUBLIC = GOLDEN / "export.jsonl", GOLDEN / "checkpoints.txt", GOLDEN / "public.pem"


def canonical(row):
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chained(rows):
    """The rows with hashes that fit, as who owns the store could make them."""
    previous = "0" * 64
    for seq, row in enumerate(rows, 1):
        row = {**row, "seq": seq, "prevHash": previous}
        row.pop("hash", None)
        previous = hashlib.sha256(b"\0" + canonical(row).encode() + bytes.fromhex(previous)).hexdigest()
        yield canonical({**row, "hash": previous})


@pytest.fixture
def lines():
    return EXPORT.read_text().strip("\n").split("\n")  # splitlines would split at U+2028, too


@pytest.fixture
def verify(tmp_path):
    def run(lines, *arguments):
        export = tmp_path / "export.jsonl"
        export.write_text("".join(line + "\n" for line in lines))
        return cli("audit", "verify", export, "--checkpoints", CHECKPOINTS, "--key", PUBLIC, *arguments)
    return run


def finding(done):
    assert done.returncode == 3, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert not report["sound"] and report["finding"]["message"] and report["finding"]["advice"]
    return report["finding"]


def test_a_sound_export_is_told_in_one_line(lines, verify):
    done = verify(lines)

    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.splitlines()[0] == "12 rows, chain unbroken, 6 of 6 checkpoints signed by key 21fe31dfa154a261."
    assert "1 row after the newest checkpoint" in done.stdout
    report = json.loads(verify(lines, "-o", "json").stdout)
    assert report["sound"] and report["rows"] == 12 and report["coveredRows"] == 11 and report["keys"] == ["21fe31dfa154a261"]


def test_what_was_not_looked_at_is_said():
    assert "give --checkpoints and --key" in cli("audit", "verify", EXPORT).stdout
    assert "signatures not looked at" in cli("audit", "verify", EXPORT, "-c", CHECKPOINTS).stdout
    assert "give --checkpoints too" in cli("audit", "verify", EXPORT, "-k", PUBLIC).stderr


@pytest.mark.parametrize("seq", range(1, 13))
def test_a_changed_row_is_named_with_its_line(lines, verify, seq):
    lines[seq - 1] = lines[seq - 1].replace('"workspace":"demo"', '"workspace":"dem0"')

    done = verify(lines)

    assert done.returncode == 3
    assert f"export.jsonl:{seq}: row {seq}: its hash is not that of what it says: it was changed." in done.stdout
    assert "Export again" in done.stdout
    told = finding(verify(lines, "-o", "json"))
    assert (told["flaw"], told["line"], told["seq"]) == ("RowChanged", seq, seq)


@pytest.mark.parametrize("at", range(11))
def test_rows_removed_put_in_and_moved_are_found(lines, verify, at):
    removed, doubled, moved = lines[:at] + lines[at + 1:], lines[:at + 1] + lines[at:], lines[:]
    moved[at], moved[at + 1] = moved[at + 1], moved[at]

    for tampered, line in ((removed, at + 1), (doubled, at + 2), (moved, at + 1)):
        told = finding(verify(tampered, "-o", "json"))
        assert (told["flaw"], told["line"]) == ("RowOutOfOrder", line)


@pytest.mark.parametrize("at", range(11))
def test_a_log_written_anew_is_not_the_one_that_was_signed(lines, verify, at):
    rows = [json.loads(line) for line in lines]
    rows[at]["reason"] = "never happened"

    rewritten = list(chained(rows))

    told = finding(verify(rewritten, "-o", "json"))
    assert told["flaw"] == "RowsRewritten" and told["seq"] <= at + 1 <= told["lastSeq"]


@pytest.mark.parametrize("count", range(11))
def test_an_end_that_is_cut_off_is_missed(lines, verify, count):
    told = finding(verify(lines[:count], "-o", "json"))

    assert (told["flaw"], told["seq"], told["lastSeq"]) == ("RowsMissing", count + 1, 11)


def test_a_file_that_was_cut_in_the_middle_of_a_row(lines, verify):
    told = finding(verify(lines[:11] + [lines[11][:100]], "-o", "json"))

    assert (told["flaw"], told["line"]) == ("RowUnreadable", 12)


def test_checkpoints_of_another_key_are_forgeries(tmp_path):
    other = tmp_path / "other.pem"
    other.write_text(cli("audit", "key", tmp_path / "private.pem", "--new").stdout)

    done = cli("audit", "verify", EXPORT, "-c", CHECKPOINTS, "-k", other)

    assert done.returncode == 3 and f"{CHECKPOINTS}:1: checkpoint 1: none of the given keys signed it" in done.stdout
    other.write_text(other.read_text() + PUBLIC.read_text())
    assert cli("audit", "verify", EXPORT, "-c", CHECKPOINTS, "-k", other).returncode == 0, "former keys stand in the same file"


def peak_kib(export):
    child = subprocess.Popen([BUILD / "weir", "audit", "verify", export], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return usage.ru_maxrss


@pytest.mark.skipif("asan" in BUILD.name, reason="a sanitizer keeps what was freed")
def test_a_long_export_takes_no_more_memory_than_a_short_one(tmp_path, lines):
    row = {**json.loads(lines[0]), "reason": "x" * 900}
    export = tmp_path / "long.jsonl"
    with export.open("w") as out:
        out.writelines(line + "\n" for line in chained(row for _ in range(20000)))

    assert export.stat().st_size > 20_000_000
    assert peak_kib(export) < peak_kib(EXPORT) + 2048


def test_a_new_key_is_private_and_never_replaced(tmp_path):
    path = tmp_path / "audit.pem"
    made = cli("audit", "key", path, "--new", "--origin", "weir.example/audit")

    assert made.returncode == 0 and made.stdout.startswith("-----BEGIN PUBLIC KEY-----")
    assert "PRIVATE" not in made.stdout + made.stderr and "weir.example/audit+" in made.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_text()
    again = cli("audit", "key", path, "--new")
    assert again.returncode == 1 and "not replaced" in again.stderr and path.read_text() == key
    assert cli("audit", "key", path).stdout == made.stdout
    path.chmod(0o644)
    assert "chmod 0600" in cli("audit", "key", path).stderr


def test_keys_are_openssls(tmp_path):
    cli("audit", "key", tmp_path / "audit.pem", "--new")
    shown = subprocess.run(["openssl", "pkey", "-in", tmp_path / "audit.pem", "-pubout"], capture_output=True, text=True, check=True)

    assert cli("audit", "key", tmp_path / "audit.pem").stdout == shown.stdout


@pytest.mark.parametrize("arguments,code", [
    (["verify"], 2), (["verify", "/nonexistent.jsonl"], 4), (["verify", EXPORT, "-c", "/nonexistent"], 4), (["verify", EXPORT, "-c", CHECKPOINTS, "-k", "/nonexistent"], 4),
    (["verify", EXPORT, "-c", CHECKPOINTS, "-k", CHECKPOINTS], 2), (["key", "/nonexistent.pem"], 4), (["key", EXPORT], 3), (["key", "x", "--origin", "a b"], 2),
    (["verify", "--help"], 0), (["key", "--help"], 0),
])
def test_exit_codes(arguments, code):
    done = cli("audit", *arguments)

    assert done.returncode == code, done.stdout + done.stderr
    assert code == 0 or done.stderr, "errors go to standard error"
