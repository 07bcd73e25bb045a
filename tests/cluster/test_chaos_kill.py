"""SIGKILL at each request to the API server in turn: whoever starts next makes good what was left half done, and doubles nothing."""
import threading
import time

import pytest

from chaos_objects import full, new_name
from chaos_operator import Operator, give_lease_back, remove_namespaces
from chaos_state import difference, snapshot
from cluster import wait_until


@pytest.fixture(scope="module")
def operator(cluster, chaos_installed, tmp_path_factory):
    cluster.pause("kube-scheduler")  # what pods do is not the matter here, and costs time
    give_lease_back(cluster)
    started = Operator(cluster, tmp_path_factory.mktemp("killed"), with_proxy=True)
    started.start()
    yield started
    started.proxy.decide = lambda call: None
    if not started.is_alive():
        give_lease_back(cluster)
        started.start()
    cluster.kubectl("delete", "aiws", "--all", "--wait=false")
    cluster.resume("kube-scheduler")
    wait_until(lambda: not cluster.find("/apis/weir.dev/v1alpha1/workspaces")["items"], 120, "every Workspace gone")
    remove_namespaces(cluster)
    started.stop()
    started.proxy.close()


def of(name):
    return lambda path: f"/{name}-dev" in path or path.endswith(f"/workspaces/{name}")


@pytest.fixture(scope="module")
def undisturbed(cluster, operator):
    """What a whole life gives, and with how many writes."""
    writes = len(operator.proxy.writes())
    name = new_name()
    cluster.apply(*full(name))
    operator.settle()
    made = snapshot(cluster, of(name), (name, "NAME"))
    assert len(made) > 15, made.keys()
    return made, len(operator.proxy.writes()) - writes


def is_killed_at(operator, number, verdict):
    """Arms the proxy for the number-th write from now on."""
    before = len(operator.proxy.writes())

    def decide(call):
        if call.is_write and operator.is_alive() and len(operator.proxy.writes()) - before == number:
            if verdict == "cut":
                operator.process.kill()
            return verdict

    operator.proxy.cut = lambda call: operator.process.kill()
    operator.proxy.decide = decide


def check_kill(cluster, operator, undisturbed, number, verdict):
    name = new_name()
    is_killed_at(operator, number, verdict)
    cluster.apply(*full(name))
    end = time.monotonic() + 6
    while operator.is_alive() and time.monotonic() < end:
        time.sleep(0.02)
    was_killed = not operator.is_alive()
    last = operator.proxy.writes()[-1]
    operator.proxy.decide = lambda call: None
    if was_killed:
        operator.process.wait(5)
        give_lease_back(cluster)
        operator.start()
    operator.settle()
    differs = difference(undisturbed[0], snapshot(cluster, of(name), (name, "NAME")))
    assert not differs, f"killed at write {number} ({verdict}, {last}):\n{differs}\n{operator.tail()}"
    return was_killed


@pytest.mark.parametrize("verdict", ["cut", "cut after"])
def test_killed_at_every_fifth_write(cluster, operator, undisturbed, verdict):
    for number in range(1 if verdict == "cut" else 3, undisturbed[1], 5):
        check_kill(cluster, operator, undisturbed, number, verdict)


@pytest.mark.slow
@pytest.mark.parametrize("verdict", ["cut", "cut after"])
def test_killed_at_each_write_in_turn(cluster, operator, undisturbed, verdict):
    number = 1
    while check_kill(cluster, operator, undisturbed, number, verdict):
        number += 1
    assert number >= 20, number


class Killer:
    """Kills at each cut until it is told to stop; then it is known whether the last one lives."""

    def __init__(self, operator):
        self._operator, self._lock, self._is_armed, self._victim = operator, threading.Lock(), True, None
        operator.proxy.cut = self._cut

    def _cut(self, call):
        with self._lock:
            if self._is_armed:
                self._victim = self._operator.process
                self._victim.kill()

    def stop(self):
        with self._lock:
            self._is_armed = False
        if self._victim:
            self._victim.wait(10)


def test_killed_at_each_request_of_its_start(cluster, operator, undisturbed):
    before = snapshot(cluster)
    operator.stop()
    killer = Killer(operator)
    for number in range(1, 60):
        count = len(operator.proxy.calls)
        operator.proxy.decide = lambda call, last=count + number: "cut after" if len(operator.proxy.calls) >= last else None
        give_lease_back(cluster)
        operator.start(wait=None)
        end = time.monotonic() + 4
        while operator.is_alive() and time.monotonic() < end:
            time.sleep(0.01)
        if operator.is_alive():
            break
        operator.process.wait(5)
    killer.stop()
    operator.proxy.decide = lambda call: None
    give_lease_back(cluster)
    if not operator.is_alive():
        operator.start()
    operator.settle()
    assert number > 20, number
    assert not (differs := difference(before, snapshot(cluster))), differs
