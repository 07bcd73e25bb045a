"""Folders of YAML that the suites of the operator run."""
from processes import KEYS, key_hash


def workspace(environments=("dev", "prod"), callers=("ada", "bob"), name="lab", extra=""):
    tiers = {"dev": "Development", "staging": "Staging", "prod": "Production"}
    lines = [f"    - {{ name: {e}, tier: {tiers.get(e, 'Development')} }}" for e in environments]
    people = [f"    - {{ name: {c}, team: research, keyHashes: [ \"{key_hash(KEYS[c])}\" ] }}" for c in callers]
    return "\n".join(["apiVersion: weir.dev/v1alpha1", "kind: Workspace", f"metadata: {{ name: {name} }}", "spec:",
                      "  owner: { team: lab-platform }", extra or "  displayName: Lab", "  environments:", *lines, "  callers:", *people, ""])


def policy(name, namespace, spec):
    """spec as YAML, indented by two already."""
    return f"apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: {{ name: {name}, namespace: {namespace} }}\nspec:\n{spec}\n"


def limits(requests, namespace="lab-dev", name="limits", scope="Environment"):
    return policy(name, namespace, f"  constraints:\n    limits:\n      - scope: {scope}\n        requestsPerMinute: {requests}")


def route(model, upstream, namespace="lab-dev", name="routes"):
    return policy(name, namespace, f"""  defaults:
    providers:
      - {{ name: mock, type: OpenAI, baseUrl: "{upstream.url}" }}
    routes:
      - model: {model}
        targets: [ {{ provider: mock, model: {model} }} ]""")


BASE = {"workspace.yaml": workspace(), "dev.yaml": limits(5000)}
