"""A PostgreSQL server of a test's own (hack/postgres), which the test may kill."""
import os
import subprocess
import tempfile
from pathlib import Path

from processes import ROOT


class Postgres:
    def __init__(self):
        self._home = tempfile.TemporaryDirectory(prefix="weir-pg-")  # the server is another user, who must get there
        Path(self._home.name).chmod(0o755)
        self.folder = Path(self._home.name) / "s"
        self.url = f"host={self.folder} user=weir dbname=postgres"
        self.up()

    def up(self):
        self._run("up", self.folder, str(os.getpid()))

    def kill(self):
        self._run("kill", self.folder)

    def ask(self, statement):
        """Rows of texts."""
        told = subprocess.run(["psql", self.url, "-At", "-F", "\t", "-c", statement], check=True, capture_output=True, text=True).stdout
        return [line.split("\t") for line in told.splitlines()]

    def stop(self):
        self._run("down", self.folder)
        self._home.cleanup()

    @staticmethod
    def _run(*arguments):
        done = subprocess.run([ROOT / "hack/postgres", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, f"hack/postgres {arguments[0]}: {done.stdout}{done.stderr}"
