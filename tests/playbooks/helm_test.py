# SPDX-License-Identifier: Apache-2.0
"""What the playbooks pass to Helm. A fake `helm` stores its arguments, its environment and the values file at
that moment. It answers as Helm 3 does."""

import json
import os
import pathlib
import re

import play
import stand_in

HELM = """
case $1 in
version) echo v3.14.4+g81c902a ;;
get | status)
    if [ ! -e "$notes/deployed" ]; then
        echo 'Error: release: not found' >&2
        exit 1
    fi
    if [ "$1" = get ]; then cat "$notes/deployed"; fi
    ;;
upgrade)
    while [ "$1" != --values ]; do shift; done
    cp -p "$2" "$here/values"
    if [ -e "$notes/broken" ]; then
        echo 'Error: UPGRADE FAILED: timed out waiting for the condition' >&2
        exit 1
    fi
    ;;
uninstall) rm "$notes/deployed" ;;
*) exit 2 ;;
esac
"""


class Call:
    def __init__(self, folder):
        self.argv = (folder / "argv").read_text().split("\0")[:-1]
        self.environment = (folder / "environment").read_text()
        values = folder / "values"
        self.values = values.read_text() if values.exists() else None
        self.mode = values.stat().st_mode & 0o777 if values.exists() else None

    @property
    def word(self):
        return self.argv[0]


class HelmTest(play.BookCase):
    def setUp(self):
        super().setUp()
        self.programs = stand_in.Programs(self.scratch)
        self.programs.add("helm", HELM)
        self.notes = self.programs.notes

    def create(self, *arguments, **environment):
        """Runs the playbook with the fake helm first on the PATH. Returns the run and its calls of helm."""
        return self.with_helm("create_connector_key.yml", *arguments, **environment)

    def with_helm(self, book, *arguments, **environment):
        before = len(self.programs.folders())
        environment.setdefault("PATH", self.programs.path)
        run = self.run_book(book, "-e", "connector_use_helm=true", *arguments, **environment)
        return run, [Call(folder) for folder in self.programs.folders()[before:]]

    def deploy(self, **different):
        """What Helm would report as deployed after an upgrade with the values file."""
        config = {"accessKey": self.secret(), "name": self.name, "server": os.environ["INFRA_TEST_URL"]}
        (self.notes / "deployed").write_text(json.dumps({"connector": {"config": {**config, **different}}}))

    def secret(self):
        return re.search(r"accessKey: ([A-Za-z0-9]{10}\.[A-Za-z0-9]{24})$", self.values.read_text(), re.MULTILINE)[1]

    def words(self, calls):
        return [call.word for call in calls]

    def test_helm_gets_the_secret_in_a_private_values_file_and_nowhere_else(self):
        run, calls = self.create("-e", json.dumps({"connector_namespace": "a team's; namespace"}))
        self.changed(run)
        self.assertEqual(self.words(calls), ["version", "get", "upgrade"])
        upgrade = calls[-1]
        self.assertEqual(upgrade.argv, ["upgrade", "--install", "infra-connector", "infra", "--repo", "https://helm.infrahq.com",
                                        "--namespace", "a team's; namespace", "--create-namespace", "--values", str(self.values)])
        secret = self.secret()
        self.assertEqual(self.status(secret), 200)
        self.assertEqual(upgrade.values.split("connector:\n")[1],
                         f"  config:\n    accessKey: {secret}\n    name: {self.name}\n    server: {os.environ['INFRA_TEST_URL']}\n")
        self.assertEqual(upgrade.mode, 0o600)
        for call in calls:
            self.assertNotIn(secret, " ".join(call.argv) + call.environment)

    def test_helm_upgrades_only_where_what_is_deployed_differs(self):
        self.changed(self.create()[0])
        self.deploy()
        # What Helm reports as deployed contains the secret; run_book looks for it in the output.
        run, calls = self.create("-vvv", "--diff")
        self.assertEqual((self.changed(run), self.words(calls)), (0, ["version", "get"]))
        self.deploy(server="https://elsewhere.example.com")
        run, calls = self.create("--check")
        self.assertEqual((self.changed(run), self.words(calls)), (0, ["version", "get"]))
        run, calls = self.create()
        self.assertEqual((self.changed(run), self.words(calls)), (1, ["version", "get", "upgrade"]))

    def test_a_replaced_key_reaches_helm(self):
        self.changed(self.create()[0])
        self.deploy()
        old = self.secret()
        run, calls = self.create("-e", "connector_key_recreate=always")
        self.changed(run)
        self.assertEqual(self.words(calls), ["version", "get", "upgrade"])
        self.assertNotEqual(self.secret(), old)
        self.assertIn(f"accessKey: {self.secret()}\n", calls[-1].values)

    def test_an_upgrade_that_failed_is_tried_again_with_the_same_secret(self):
        (self.notes / "broken").touch()
        run, _ = self.create()
        self.assertNotEqual(run.returncode, 0)
        self.assertIn("UPGRADE FAILED", run.stdout)
        secret = self.secret()
        self.assertNotIn(secret, run.stdout + run.stderr)
        (self.notes / "broken").unlink()
        run, calls = self.create()
        self.assertEqual((self.changed(run), self.words(calls)), (1, ["version", "get", "upgrade"]))
        self.assertIn(f"accessKey: {secret}\n", calls[-1].values)

    def test_without_helm_the_play_writes_the_values_and_says_what_to_run(self):
        run, calls = self.create(PATH=path_without_helm(self.scratch / "others"))
        self.assertGreater(self.changed(run), 0)
        self.assertEqual(calls, [])
        said = " ".join(run.stdout.split())
        self.assertIn("helm is not installed here. Where it is, run: helm upgrade --install infra-connector infra --repo "
                      "https://helm.infrahq.com --namespace infra-connector --create-namespace "
                      f"--values {self.values}", said)
        self.assertEqual(self.values.stat().st_mode & 0o777, 0o600)

    def test_helm_is_left_alone_where_that_is_asked_for(self):
        run, calls = self.create("-e", "connector_use_helm=false")
        self.changed(run)
        self.assertEqual(calls, [])
        self.assertNotIn("helm is not installed", run.stdout)

    def test_removal_uninstalls_a_release_that_is_there(self):
        self.changed(self.create()[0])
        self.deploy()
        run, calls = self.with_helm("remove_connector_key.yml")
        self.assertEqual([call.argv for call in calls],
                         [[word, "infra-connector", "--namespace", "infra-connector"] for word in ("status", "uninstall")])
        self.assertEqual(self.changed(run), 3)
        run, calls = self.with_helm("remove_connector_key.yml")
        self.assertEqual((self.changed(run), self.words(calls)), (0, ["status"]))


def path_without_helm(folder):
    """The PATH. A folder that has a helm is replaced by one with all its other programs."""
    out = []
    for number, name in enumerate(os.environ["PATH"].split(":")):
        entry = pathlib.Path(name)
        if (entry / "helm").exists():
            copy = folder / str(number)
            copy.mkdir(parents=True)
            for program in entry.iterdir():
                if program.name != "helm":
                    (copy / program.name).symlink_to(program)
            entry = copy
        out.append(str(entry))
    return ":".join(out)
