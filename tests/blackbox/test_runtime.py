"""What pods had and cost: said by an operator, counted once whatever dies, priced by a card, beside what models served; on SQLite and PostgreSQL."""
import subprocess
import time

import pytest

from conftest import end, end_all
from folders import BASE
from ledger_client import LedgerProcess, LedgerStream, get
from postgres import Postgres
from processes import BUILD, eventually
from test_lending import JOURNALS

HOUR_MS = 3600000
CARD = 'usdPerCoreHour: "3.60"\nusdPerGiBHour: "0"\ndevices:\n  - { resource: nvidia.com/gpu, usdPerHour: "1" }\n'


def last_hour():
    return (int(time.time() * 1000) // HOUR_MS - 1) * HOUR_MS


def minute(pod, number, deployment="llama", model="llama-8b", **more):
    """60 core-seconds, half of them used, and a GPU: 0.06 + 0.016666667 dollars by the card."""
    begin = last_hour() + number * 60000
    return {"workspace": "demo", "environment": "dev", "deployment": deployment, "model": model, "pod": pod, "uid": pod, "source": "Metrics",
            "from": begin, "until": begin + 60000,
            "amounts": [{"resource": "cpu", "requested": 60000000, "used": 30000000}, {"resource": "memory", "requested": 62914560},
                        {"resource": "nvidia.com/gpu", "requested": 60000, "used": 60000}], **more}


def say(ledger, number, *samples):
    with LedgerStream(ledger.socket) as operator:
        operator.send({"type": "Samples", "samples": {"number": number, "samples": list(samples)}})
        return operator.next("Sampled")["number"]


@pytest.fixture(params=["sqlite", "postgres"])
def start(request, short):
    started, server = [], None
    if request.param == "postgres":
        server = Postgres()

    def start_one(*options, **more):
        (short / "card.yaml").write_text(CARD)
        started.append(LedgerProcess(short, *(options or ("--price-card", short / "card.yaml")), database=server and server.url, **more))
        started[-1].event("serving")
        return started[-1]

    yield start_one
    end_all([process for process in started if process.is_running()], end)
    if server:
        server.stop()


def rows(ledger, query=""):
    return get(ledger.rest, "/v1/runtime?" + query)["rows"]


def test_a_sample_that_was_acked_is_counted_once_whatever_dies(start):
    ledger = start()
    assert say(ledger, 7, minute("a", 0), minute("a", 1)) == 7
    ledger.kill()
    ledger = start(name="again")
    assert say(ledger, 0, minute("a", 1), minute("a", 2), minute("b", 0)) == 0
    row, = rows(ledger)
    assert row["podHours"] == "0.066666666"  # four minutes
    assert (row["coreHoursRequested"], row["coreHoursUsed"], row["coreHours"]) == ("0.066666666", "0.033333333", "0.066666666")
    assert row["cost"] == "0.306666668"


def test_what_a_model_served_bears_its_hours_and_the_others_are_idle(start):
    ledger = start()
    say(ledger, 0, minute("a", -1), minute("a", 0), minute("b", 0), minute("w", 0, deployment="web", model=""))
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        gateway.usage(0, [{"id": f"01A{i}", "time": last_hour() + i, "workspace": "demo", "environment": "dev", "outcome": "Completed",
                           "provider": "self-hosted/llama", "requests": 1, "inputTokens": 5} for i in range(4)])
    llama, web = rows(ledger)
    assert (llama["deployment"], llama["model"], llama["requests"], llama["tokens"]) == ("llama", "llama-8b", 4, 20)
    assert (llama["cost"], llama["allotted"], llama["idle"]) == ("0.230000001", "0.153333334", "0.076666667")
    assert llama["costPerRequest"] == "0.057500001"
    assert (web["deployment"], web["cost"]) == ("web", "0.076666667")
    assert not {"allotted", "idle", "requests", "costPerRequest"} & set(web)
    assert [row["deployment"] for row in rows(ledger, "over=hour")] == ["llama", "llama", "web"]
    assert rows(ledger, "workspace=other") == []


def test_models_of_ones_own_stand_beside_those_of_apis_in_money_per_request(start):
    ledger = start()
    say(ledger, 0, minute("a", -1), minute("a", 0))
    served = {"time": last_hour(), "workspace": "demo", "environment": "dev", "outcome": "Completed", "requests": 1}
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        gateway.usage(0, [{"id": "01A", "caller": "ada", "provider": "self-hosted/llama", "inputTokens": 3, **served},
                          {"id": "01B", "caller": "bob", "provider": "self-hosted/llama", "inputTokens": 1, **served},
                          {"id": "01C", "caller": "bob", "provider": "openai", "inputTokens": 9, "cost": "0.05", **served}])
    report = get(ledger.rest, "/v1/costs?by=provider")
    assert "unpricedHours" not in report
    assert [(row["provider"], row["apiCost"], row["runtimeCost"], row["costPerRequest"]) for row in report["rows"]] == [
        ("self-hosted/llama", "0.00", "0.076666667", "0.038333334"), ("openai", "0.05", "0.00", "0.05")]
    assert report["idle"] == "0.076666667"
    for by in ("run", "tool", "tag:team"):
        assert "run, tool or tag" in get(ledger.rest, f"/v1/costs?by={by}", 400)["error"]["message"]
    by_caller = {row["caller"]: row["cost"] for row in get(ledger.rest, "/v1/costs?by=caller")["rows"]}
    assert by_caller == {"ada": "0.0575", "bob": "0.069166667"}  # 0.05, and a quarter of the hour


def test_tools_of_opencost_read_our_allocation(start):
    ledger = start()
    say(ledger, 0, minute("a", 0, namespace="demo-dev"), minute("a", 1, namespace="demo-dev"), minute("w", 0, "web", "", namespace="demo-web"),
        minute("g", 0, "", "", namespace="demo-dev"))
    begin = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(last_hour() / 1000))
    end_of = time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(last_hour() / 1000 + 7200))

    def sets(query):
        answer = get(ledger.rest, f"/allocation/compute?window={begin},{end_of}&{query}")
        assert answer["code"] == 200
        return answer["data"]

    only, = sets("aggregate=namespace")
    assert set(only) == {"demo-dev", "demo-web"}
    found = only["demo-dev"]
    assert found["name"] == "demo-dev" and found["properties"] == {"namespace": "demo-dev"}
    assert found["window"] == {"start": begin, "end": end_of} and found["minutes"] == 120
    assert (found["cpuCoreHours"], found["cpuCores"], found["cpuCoreUsageAverage"]) == (0.05, 0.025, 0.0125)
    assert (found["gpuHours"], found["gpuCost"], found["cpuCost"], found["ramCost"]) == (0.05, 0.050000001, 0.18, 0)
    assert (found["ramByteHours"], found["totalCost"], found["cpuEfficiency"]) == (2**30 * 3 // 60, 0.230000001, 0.5)

    first, second = sets("aggregate=controller,pod&step=1h")
    assert set(first) == {"llama/a", "web/w", "__unallocated__/g"} and second == {}
    assert len(sets("aggregate=pod&step=1h&accumulate=true")) == 1
    assert sets("workspace=other") == [{}]
    assert "aggregate" in get(ledger.rest, "/allocation?window=1d&aggregate=label:team", 400)["error"]["message"]
    assert "window" in get(ledger.rest, "/allocation?window=ever", 400)["error"]["message"]
    assert "includeIdle" in get(ledger.rest, "/allocation?window=1d&includeIdle=true", 400)["error"]["message"]


def test_without_a_card_there_are_hours_and_no_money(start):
    ledger = start("--admin", "127.0.0.1:0")
    say(ledger, 0, minute("a", 0))
    row, = rows(ledger)
    assert row["coreHours"] == "0.016666666" and row["deviceHours"] == "0.016666666"
    assert row["unpricedHours"] == "0.05"  # of three resources
    assert not {"cost", "allotted", "idle", "cpuCost", "costPerRequest"} & set(row)
    assert get(ledger.rest, "/v1/costs")["unpricedHours"] == "0.05"


def test_a_card_with_a_mistake_is_not_started_with(short):
    (short / "card.yaml").write_text(CARD + '  - { resource: cpu, usdPerHour: "1" }\n')
    ended = subprocess.run([BUILD / "weir-api", "--database", f"sqlite:{short / 'ledger.db'}", "--usage-socket", short / "l.sock", "--price-card",
                            short / "card.yaml"], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "card.yaml:5" in ended.stderr and "usdPerCoreHour" in ended.stderr


def test_a_gateway_may_not_say_what_pods_had(start):
    ledger = start()
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        gateway.send({"type": "Samples", "samples": {"number": 0, "samples": [minute("a", 0)]}})
        with pytest.raises(Exception, match="not expected"):
            gateway.next("Sampled")
    assert rows(ledger) == []


def test_a_laptop_shows_what_our_processes_use(up, tmp_path):
    (tmp_path / "card.yaml").write_text(CARD)
    weir = up(BASE, "--price-card", tmp_path / "card.yaml")
    rest = weir.folder / ".weir" / "ledger-api.sock"

    def found():
        return {(row["workspace"], row["environment"]): row for row in get(rest, "/v1/runtime")["rows"]}

    eventually(lambda: {("", ""), ("lab", "dev"), ("lab", "prod")} <= set(found()), "operator, ledger and both gateways")
    for row in found().values():
        assert row["deployment"] == "" and row["coreHoursRequested"] == "0.00"
        assert float(row["gibHoursUsed"]) > 0 and row["gibHours"] == row["gibHoursUsed"]
        assert float(row["podHours"]) > 0 and "cost" in row and "unpricedHours" not in row
