# SPDX-License-Identifier: Apache-2.0
"""The role connector_kubernetes, with stand-ins for kubectl and helm. Their cluster's connector uses the key at its start."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import roles
import support

STAND_IN = pathlib.Path(__file__).resolve().parent / "cluster.py"
SPACE, SECRET = "infra-connector", "infra-connector-key"


class KubernetesRoleTest(roles.RoleTest):
    role = "connector_kubernetes"

    def setUp(self):
        super().setUp()
        self.cluster = self.folder / "cluster"
        self.cluster.mkdir()
        for program in ("kubectl", "helm"):
            self.stand_in(program, f'#!/bin/sh\nexec {sys.executable} {STAND_IN} {self.cluster} {program} "$@"\n')

    def state(self):
        path = self.cluster / "cluster.json"
        return json.loads(path.read_text()) if path.exists() else {"namespaces": {}, "releases": {}, "pods": []}

    def calls(self, words=("apply", "create", "delete", "upgrade", "uninstall")):
        """The calls that change something, as program and word."""
        notes = self.cluster / "calls.jsonl"
        every = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
        self.all_calls = every
        found = [f"{call['program']} {word}" for call in every for word in call["words"] if word in words]
        return found

    def secret(self):
        return self.state()["namespaces"][SPACE][SECRET]

    def kept(self):
        return base64.b64decode(self.secret()["data"]["access-key"]).decode()

    def values(self):
        return self.state()["releases"][f"{SPACE}/infra-connector"]["values"]

    def check_secrets_travel_by_standard_input_alone(self, *secrets):
        """None is in an argument, in the environment of a program, or in what Helm keeps."""
        self.calls()
        for secret in secrets:
            for form in (secret, base64.b64encode(secret.encode()).decode()):
                for call in self.all_calls:
                    self.assertNotIn(form, json.dumps([call["words"], call["environment"]]))
                    if call["program"] == "helm":
                        self.assertNotIn(form, call["given"])
            self.assertIn(base64.b64encode(secret.encode()).decode(), "".join(call["given"] for call in self.all_calls))


class LifeTest(KubernetesRoleTest):
    def test_a_connector_is_installed_rotated_and_removed(self):
        mark = {"key_id_in": "annotation", "key_overlap": "1h"}
        # check mode tells of it, and does nothing
        count, said = self.changed("--check", "--diff", **mark)
        self.assertEqual((count, self.calls(), self.family()), (3, [], []), said)

        # installed and connected
        self.changed(**mark)
        self.assertEqual(self.calls(), ["kubectl create", "kubectl apply", "helm upgrade"])
        (row,), old = self.family(), self.kept()
        self.assertEqual(row["name"], f"{self.name}-connector")
        self.assertEqual((self.status(old), self.secret()["metadata"]["annotations"], self.secret()["type"]), (200, {"infrastate/key-id": row["id"]}, "Opaque"))
        certificate = pathlib.Path(os.environ["INFRA_TEST_CA_FILE"]).read_text()
        self.assertEqual(self.values(), {
            "config": {"name": self.name, "accessKeySecret": SECRET, "server": {"url": os.environ["INFRA_TEST_URL"], "trustedCertificate": certificate}},
            "podAnnotations": {"infrastate/key-id": row["id"]}})
        self.assertEqual([each["connected"] for each in self.call("GET", f"/api/destinations?name={self.name}", status=200).json["items"]], [True])
        self.assertEqual((self.changed(**mark)[0], self.changed("--check", **mark)[0], len(self.calls())), (0, 0, 3))

        # rotated: the Secret and the annotation are new, so the pods are; the old key lives
        since = self.a_time_after_all_keys()
        self.assertEqual(self.changed("--check", **mark, key_rotate_if_created_before=since)[0], 3)
        self.changed(**mark, key_rotate_if_created_before=since)
        new, rows = self.kept(), self.family()
        self.assertEqual((len(rows), rows[0]["id"], self.status(old), self.status(new)), (2, row["id"], 200, 200))
        self.assertEqual(self.calls()[3:], ["kubectl apply", "helm upgrade"])
        self.assertEqual(self.values()["podAnnotations"], {"infrastate/key-id": rows[1]["id"]})
        self.assertEqual([pod["key"] for pod in self.state()["pods"]], [old[:10], new[:10]])
        self.assertEqual((self.changed(**mark)[0], len(self.calls())), (0, 5))
        self.check_secrets_travel_by_standard_input_alone(old, new)

        # removed, the connector before its key; the row stays, and the role says so
        self.assertEqual(self.changed("--check", state="absent")[0], 2)
        _, said = self.changed(state="absent")
        self.assertEqual(self.calls()[5:], ["helm uninstall", "kubectl delete"])
        self.assertEqual((self.family(expired=True), self.state()["releases"], self.state()["namespaces"][SPACE]), ([], {}, {}))
        self.assertIn(f"Infra still lists the destination {self.name}", said)
        self.assertEqual((self.changed(state="absent")[0], len(self.calls())), (0, 7))

    def test_the_id_is_in_the_environment_of_the_pods_by_default_and_values_of_the_user_stay(self):
        self.changed(values={"env": [{"name": "A", "value": "b"}], "image": {"tag": "0.21.0"}, "config": {"name": "wrong", "logLevel": "debug"}},
                     chart_version="0.1.7", kubeconfig="/nonexistent/kubeconfig", context="my cluster")
        (row,), values = self.family(), self.values()
        self.assertEqual(values["env"], [{"name": "A", "value": "b"}, {"name": "INFRASTATE_KEY_ID", "value": row["id"]}])
        self.assertEqual((values["image"], values["config"]["name"], values["config"]["logLevel"]), ({"tag": "0.21.0"}, self.name, "debug"))
        self.calls()
        for call in self.all_calls:
            context = "--context" if call["program"] == "kubectl" else "--kube-context"
            self.assertEqual(call["words"][:4], ["--kubeconfig", "/nonexistent/kubeconfig", context, "my cluster"])
        (upgrade,) = [call["words"][4:] for call in self.all_calls if "upgrade" in call["words"]]
        self.assertEqual(upgrade, ["upgrade", "--install", "infra-connector", "infra", "--namespace", SPACE, "--values", "-",
                                   "--repo", "https://helm.infrahq.com", "--version", "0.1.7"])

    def test_a_run_that_ended_in_between_is_made_up_for(self):
        # The chart was not installed: the next run upgrades, with the same key.
        (self.cluster / "broken").touch()
        self.assertNotEqual(self.run_role().code, 0)
        (self.cluster / "broken").unlink()
        before = self.secret()
        self.changed()
        self.assertEqual((self.secret(), self.state()["releases"][f"{SPACE}/infra-connector"]["status"]), (before, "deployed"))
        # The Secret is gone: there is a new key, and the pods have it.
        state = self.state()
        del state["namespaces"][SPACE][SECRET]
        (self.cluster / "cluster.json").write_text(json.dumps(state))
        self.changed()
        self.assertNotEqual(self.secret(), before)
        self.assertEqual(self.state()["pods"][-1]["key"], self.kept()[:10])

    def test_a_cluster_that_does_not_answer_costs_no_key(self):
        self.changed()
        rows, before = self.family(), self.state()
        (self.cluster / "down").touch()
        said = self.refused()
        self.assertIn("The connection to the server localhost:8080 was refused", said)
        self.assertEqual((self.family(), self.state()), (rows, before))

    def test_pods_whose_key_is_refused_are_told(self):
        (self.cluster / "refused").touch()
        said = self.refused(wait_timeout="1s")
        self.assertIn("error: timed out waiting for the condition", said)
        self.assertEqual(self.state()["pods"][-1]["status"], 401)


class InputTest(KubernetesRoleTest):
    """No server and no cluster is asked."""

    def test_the_specification_the_defaults_and_the_page_agree(self):
        self.check_defaults()

    def test_wrong_input_is_told_in_a_sentence(self):
        self.check_refusals(
            ({"name": None}, "missing required arguments: connector_kubernetes_name"),
            ({"server_url": None}, "missing required arguments: connector_kubernetes_server_url"),
            ({"state": "gone"}, "value of connector_kubernetes_state must be one of: present, absent, got: gone"),
            ({"key_id_in": "label"}, "value of connector_kubernetes_key_id_in must be one of: environment, annotation, got: label"),
            ({"values": "a"}, "argument '?connector_kubernetes_values'? is of type .*str.* and we were unable to convert to dict: .*"),
            ({"namespace": "--all"}, "connector_kubernetes_namespace must be a name of small letters, digits and hyphens, not '--all'."),
            ({"secret": "My Secret"}, "connector_kubernetes_secret must be a name of small letters, digits and hyphens, not 'My Secret'."),
            ({"values": {"config": {"accessKey": "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"}}}, "connector_kubernetes_values: config.accessKey is refused, "
             "because Helm would keep the secret in its history; the role gives the chart a Kubernetes Secret."))
        self.assertEqual((self.calls(), self.family()), ([], []))


class ChartTest(KubernetesRoleTest):
    """The chart itself, where it can be had: INFRASTATE_INFRA_CHART is its folder or archive, else its repository is asked."""

    def test_the_chart_has_the_secret_mounted_and_other_pods_for_another_key(self):
        helm = shutil.which("helm")
        if helm is None:
            self.skipTest("the chart is not rendered: there is no helm")
        where = os.environ.get("INFRASTATE_INFRA_CHART")
        chart = [where] if where else ["infra", "--repo", "https://helm.infrahq.com"]
        self.changed()
        (row,) = self.family()
        rendered = []
        for number in (row["id"], "another"):
            values = json.dumps(self.values()).replace(row["id"], number)
            done = subprocess.run([helm, "template", "infra-connector", *chart, "--values", "-"], input=values, capture_output=True, text=True, timeout=60, check=False)
            if done.returncode != 0 and not where and re.search("looks like .* is not a valid chart repository|cannot be reached|no such host", done.stderr):
                self.skipTest(f"the chart is not rendered: {done.stderr.strip()[-200:]}")
            self.assertEqual(done.returncode, 0, done.stderr)
            deployment, = (part for part in done.stdout.split("\n---\n") if "kind: Deployment" in part)
            self.assertIn(f"secretName: {SECRET}", deployment)
            rendered.append(deployment)
        self.assertNotIn(self.kept(), done.stdout)
        self.assertNotEqual(rendered[0], rendered[1])
        self.assertEqual(rendered[0].replace(row["id"], "another"), rendered[1])
