"""A ledger's process and what it answers people; the streams that others have with it are tests/support/ledger_stream.py's."""
import http.client
import json
import socket

from ledger_stream import LedgerStream, Refused  # noqa: F401 (suites take them from here)
from processes import BUILD, Process


class LedgerProcess(Process):
    def __init__(self, folder, *options, name="ledger", database=None):
        self.folder, self.socket, self.rest = folder, folder / f"{name}.sock", folder / f"{name}-api.sock"
        super().__init__(BUILD / "weir-api", "--database", database or f"sqlite:{folder / 'ledger.db'}", "--usage-socket", self.socket,
                         "--rest-socket", self.rest, *options)


def get(rest_socket, path, status=200):
    """JSON that the ledger answers people with."""
    connection = http.client.HTTPConnection("weir")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(rest_socket))
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        assert reply.status == status, reply.read()
        return json.loads(reply.read())
    finally:
        connection.close()
