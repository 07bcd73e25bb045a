"""Random edits of workspaces, environments, policies, Deployments and children, and what is wished for in the end. The names are
few, so that things are made again soon after they went."""
import random

from chaos_objects import API, nightly, policy, service, workspace
from chaos_state import GROUP, listed, path_of
from cluster import wait_until

MERGE = "application/merge-patch+json"
PATHS = {"Workspace": f"{GROUP}/workspaces", "ModelPolicy": "modelpolicies", "Deployment": "deployments"}
MOST_WORKSPACES = 4


class Gardener:
    def __init__(self, cluster, operator, seed):
        self.cluster, self.operator, self.seed, self.random = cluster, operator, seed, random.Random(seed)
        self.prefix = f"g{seed % 1000}"
        self.refused = {}
        self.acts = [(6, self.policy), (6, self.deployment), (3, self.workspace), (2, self.environments), (4, self.child_delete),
                     (4, self.child_change), (2, self.remove), (1, self.organisation), (1, self.burst)]

    def owns(self, path):
        return f"/{self.prefix}" in path or path.endswith(f"{GROUP}/namespaces/weir-system/modelpolicies/{self.prefix}-org")

    # -- acts

    def edit(self):
        total = sum(weight for weight, _ in self.acts)
        at = self.random.randrange(total)
        for weight, act in self.acts:
            at -= weight
            if at < 0:
                return act()

    def _send(self, method, path, body=None, kind=MERGE):
        status, answer = self.cluster.api(method, path, body, kind)
        if status >= 400 and status != 404:
            key = (method, status, str(answer.get("message", answer))[:60] if isinstance(answer, dict) else str(answer)[:60])
            self.refused[key] = self.refused.get(key, 0) + 1
        return status, answer

    def _put(self, item):
        """Server-side apply by a person."""
        meta = item["metadata"]
        plural = PATHS[item["kind"]]
        path = f"{plural}/{meta['name']}" if item["kind"] == "Workspace" else f"{GROUP}/namespaces/{meta['namespace']}/{plural}/{meta['name']}"
        return self._send("PATCH", f"{path}?fieldManager=gardener&force=true", item, "application/apply-patch+yaml")

    def _name(self):
        return f"{self.prefix}w{self.random.randrange(MOST_WORKSPACES)}"

    def _namespaces(self):
        return sorted(n["metadata"]["name"] for n in self.cluster.find("/api/v1/namespaces?labelSelector=weir.dev/workspace")["items"]
                      if n["metadata"]["name"].startswith(self.prefix) and not n["metadata"].get("deletionTimestamp"))

    def _constraints(self):
        pick = self.random
        chosen = {"maxOutputTokens": pick.randrange(1, 4000)}
        if pick.random() < 0.5:
            chosen["limits"] = [{"scope": "Environment", "requestsPerMinute": pick.randrange(1, 9000)}]
        if pick.random() < 0.3:
            chosen["models"] = {"allow": [{"provider": "echo", "name": pick.choice(["*", "echo", "e*"])}]}
        return chosen

    def _policy(self, number, place, constraints):
        """Its priority says who is before whom: else the older one is, which applying anew changes."""
        made = policy(f"p{number}", place, **constraints)
        made["spec"]["priority"] = number
        return made

    def policy(self):
        if places := self._namespaces():
            self._put(self._policy(self.random.randrange(3), self.random.choice(places), self._constraints()))

    def organisation(self):
        self._put(policy(f"{self.prefix}-org", "weir-system", maxOutputTokens=self.random.randrange(1000, 9000)))

    def deployment(self):
        if not (places := self._namespaces()):
            return
        place, pick = self.random.choice(places), self.random
        if pick.random() < 0.7:
            self._put(service(f"s{pick.randrange(3)}", place, args=[str(pick.randrange(100))]))
        else:
            self._put(nightly(f"n{pick.randrange(2)}", place, f"{pick.randrange(60)} 3 * * *"))

    def workspace(self):
        name, pick = self._name(), self.random
        there = self.cluster.find(f"{GROUP}/workspaces/{name}")
        environments = there["spec"]["environments"] if there else [{"name": "dev", "tier": "Development"}]
        more = {"quotas": {"compute": {"requests.cpu": str(pick.randrange(1, 9))}}} if pick.random() < 0.5 else {}
        if pick.random() < 0.5:
            more["members"] = [{"kind": "User", "name": pick.choice(["ada", "bob"]), "role": pick.choice(["Developer", "Viewer"])}]
        more["suspended"] = pick.random() < 0.3
        more["callers"] = [{"name": pick.choice(["app", "job"])}]
        self._put(workspace(name, environments, **more))

    def environments(self):
        """One more, or one less: that wants a suspended workspace."""
        name = self._name()
        there = self.cluster.find(f"{GROUP}/workspaces/{name}")
        if not there:
            return
        few, both = [{"name": "dev", "tier": "Development"}], [{"name": "dev", "tier": "Development"}, {"name": "qa", "tier": "Staging"}]
        if len(there["spec"]["environments"]) == 1:
            self._send("PATCH", f"{GROUP}/workspaces/{name}", {"spec": {"environments": both}})
        else:
            self._send("PATCH", f"{GROUP}/workspaces/{name}", {"spec": {"suspended": True}})
            self._send("PATCH", f"{GROUP}/workspaces/{name}", {"spec": {"environments": few}})

    def _children(self):
        return [(c, path_of(c, i), i) for c, i in listed(self.cluster) if i["metadata"].get("namespace", "").startswith(self.prefix)
                and (not c.startswith(GROUP) or i["metadata"]["name"] == "effective")]

    def child_delete(self):
        if found := self._children():
            self._send("DELETE", self.random.choice(found)[1])

    def child_change(self):
        from test_chaos_edits import DRIFT
        if not (found := self._children()):
            return
        collection, path, _ = self.random.choice(found)
        patches = [DRIFT[collection.rpartition("/")[2]], {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
                   {"metadata": {"labels": {"weir.dev/environment": "x"}}}, {"metadata": {"annotations": {"note": "mine"}}}]
        self._send("PATCH", path, self.random.choice(patches[:3]))

    def remove(self):
        pick = self.random
        if pick.random() < 0.15:
            self._send("DELETE", f"{GROUP}/workspaces/{self._name()}")
            return
        plural = pick.choice(["modelpolicies", "deployments"])
        found = [i for i in self.cluster.find(f"{GROUP}/{plural}")["items"]
                 if i["metadata"]["namespace"].startswith(self.prefix) and i["metadata"]["name"] != "effective"]
        if found:
            self._send("DELETE", path_of(f"{GROUP}/{plural}", pick.choice(found)))

    def burst(self):
        """The same thing again and again, at once."""
        if places := self._namespaces():
            place = self.random.choice(places)
            for amount in range(10):
                self._put(self._policy(0, place, {"maxOutputTokens": 100 + amount}))

    # -- the end

    def end(self):
        """Nothing half gone is left; what is wished for is then what is there."""
        print(f"  refused: {self.refused}")

        def is_over():
            gone = [n for n in self.cluster.find(f"{GROUP}/workspaces")["items"] if n["metadata"].get("deletionTimestamp")]
            gone += [n for n in self.cluster.find("/api/v1/namespaces")["items"] if n["metadata"].get("deletionTimestamp")]
            return not gone

        wait_until(is_over, 300, "what was deleted is gone")

    def wishes(self):
        """What people wrote, of all that is there."""
        found = []
        for kind, plural in (("Workspace", "workspaces"), ("ModelPolicy", "modelpolicies"), ("Deployment", "deployments")):
            for item in self.cluster.find(f"{GROUP}/{plural}")["items"]:
                meta = item["metadata"]
                if self.owns(path_of(f"{GROUP}/{plural}", item)) and meta["name"] != "effective":
                    place = {"namespace": meta["namespace"]} if "namespace" in meta else {}
                    found.append({"apiVersion": API, "kind": kind, "metadata": {"name": meta["name"], **place}, "spec": item["spec"]})
        return found

    def remove_all(self):
        for item in self.wishes():
            if item["kind"] == "Workspace":
                self._send("DELETE", f"{GROUP}/workspaces/{item['metadata']['name']}")
        self._send("DELETE", f"{GROUP}/namespaces/weir-system/modelpolicies/{self.prefix}-org")
        wait_until(lambda: not [w for w in self.cluster.find(f"{GROUP}/workspaces")["items"] if w["metadata"]["name"].startswith(self.prefix)],
                   300, "every Workspace gone")
        wait_until(lambda: not [n for n in self.cluster.find("/api/v1/namespaces")["items"] if n["metadata"]["name"].startswith(self.prefix)],
                   300, "every namespace gone")

    def apply(self, wishes):
        for item in wishes:
            if item["kind"] == "Workspace" or item["metadata"]["namespace"] == "weir-system":
                status, answer = self._put(item)
                assert status in (200, 201), answer

    def apply_rest(self, wishes):
        for item in wishes:
            place = item["metadata"].get("namespace", "weir-system")
            if place == "weir-system":
                continue
            wait_until(lambda: self.cluster.find(f"/api/v1/namespaces/{place}"), 30, f"namespace {place}")
            status, answer = self._put(item)
            assert status in (200, 201), (item, answer)
