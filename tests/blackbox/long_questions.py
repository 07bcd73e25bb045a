"""A question about money that takes as long as questions may (5 s), to see who waits for it."""
import contextlib
import os
import select
import socket
import sqlite3
import subprocess

from processes import eventually

QUESTION = b"GET /v1/runtime?from=2025-11-01T00:00:00Z HTTP/1.1\r\nHost: weir\r\n\r\n"
TABLE = "runtime_hour"  # of what pods had: nothing else is read from it or written to it


@contextlib.contextmanager
def locked(server, table, mode):
    """On PostgreSQL. Whoever needs it otherwise waits, for five seconds before it gives up."""
    with subprocess.Popen(["psql", server.url, "-qAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        session.stdin.write(f"BEGIN; LOCK TABLE {table} IN {mode} MODE;\n\\echo locked\n")
        session.stdin.flush()
        assert session.stdout.readline() == "locked\n"
        yield
        session.communicate("ROLLBACK;\n", timeout=30)


@contextlib.contextmanager
def endless(path, table):
    """In a SQLite file. Whoever reads it looks for a row that never comes."""
    with contextlib.closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as database:
        columns = ", ".join(f"i AS {column[1]}" for column in database.execute(f"PRAGMA table_info({table})"))
        database.executescript(f"""BEGIN; ALTER TABLE {table} RENAME TO kept_{table};
            CREATE VIEW {table} AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {columns} FROM n WHERE i < 0; COMMIT""")
        yield
        database.executescript(f"BEGIN; DROP VIEW {table}; ALTER TABLE kept_{table} RENAME TO {table}; COMMIT")


def ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def long_question(ledger, server=None):
    """One that the ledger's database (SQLite's, without a server) is at; whether it is answered. At the end nobody waits for that any more."""
    with locked(server, TABLE, "ACCESS EXCLUSIVE") if server else endless(ledger.folder / "ledger.db", TABLE), socket.socket(socket.AF_UNIX) as asker:
        before = ticks(ledger.pid)
        asker.connect(str(ledger.rest))
        asker.sendall(QUESTION)
        if server:
            eventually(lambda: server.ask(f"SELECT 1 FROM pg_locks WHERE relation = '{TABLE}'::regclass AND NOT granted"), "the question waits")
        else:
            eventually(lambda: ticks(ledger.pid) >= before + 0.2, "the question is worked on")
        yield lambda: bool(select.select([asker], [], [], 0)[0])
