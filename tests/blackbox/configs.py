"""Gateway configs for suites that need no operator."""
import copy

from processes import KEYS, key_hash

SOURCE = {"policy": "weir-system/tests", "place": "tests.yaml:1"}
MODELS = 120  # mock-0, mock-1 ...: each test takes fresh ones, so that no breaker remembers another test


def target(model, provider="mock", **more):
    return {"provider": provider, "model": model, **more}


def model(name, *targets, **more):
    return {"name": name, "targets": list(targets) or [target(name)], "from": SOURCE, **more}


def limit(unit, amount, scope="Caller", **source):
    return {"scope": scope, "unit": unit, "amount": amount, "from": {**SOURCE, **source}}


def maximum(amount, over="Clamp"):
    return {"amount": amount, "over": over, "from": SOURCE}


BASE = {
    "version": 1, "workspace": "lab", "environment": "dev", "tier": "Development", "owner": "lab-platform",
    "policyDigest": "d" * 64,
    "callers": [
        {"name": "ada", "team": "research", "keyHashes": [key_hash(KEYS["ada"])], "tags": {"cost-center": "4711"}},
        {"name": "bob", "team": "research", "keyHashes": [key_hash(KEYS["bob"])]},
        {"name": "cyd", "team": "sales", "keyHashes": [key_hash(KEYS["cyd"])]},
        {"name": "expired", "team": "sales", "keyHashes": [key_hash(KEYS["expired"])], "expires": "2020-01-01T00:00:00Z"},
    ],
    "deadlines": {"connect": "2s", "firstByte": "20s", "gap": "20s", "total": "60s"},
}


def put_prices(config):
    """Writes each target's price where a config has it: in one list, by version."""
    config, prices = copy.deepcopy(config), {}
    for one in config["models"]:
        for aim in one["targets"] + one.get("fallback", []):
            if price := aim.pop("price", None):
                version = aim.setdefault("priceVersion", f"p-{len(prices) + 1}")
                prices[version] = {"version": version, "price": price}
    config["prices"] = list(prices.values())
    return config


def config_for(upstream, models=(), **changes):
    config = copy.deepcopy(BASE)
    config["providers"] = [{"name": "mock", "type": "OpenAI", "baseUrl": upstream}, {"name": "echo", "type": "Echo"}]
    config["models"] = [model("echo", target("echo", "echo"))] + [model(f"mock-{i}") for i in range(MODELS)] + list(models)
    config.update(changes)
    return put_prices(config)
