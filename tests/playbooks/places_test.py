# SPDX-License-Identifier: Apache-2.0
"""The plays to start from that keep a secret elsewhere than in a file of its host: HashiCorp Vault, a Kubernetes Secret, the
host alone while the module runs on the controller; and the one that takes keys over from Terraform."""

import base64
import json
import pathlib

import places
import stand_in

DAY = 24 * 3600

# As kubectl does: the Secret as JSON, or NotFound.
KUBECTL = """
case " $* " in
*' get secret '*)
    if [ -e "$notes/down" ]; then echo 'The connection to the server was refused' >&2; exit 1; fi
    if [ ! -e "$notes/kept" ]; then echo 'Error from server (NotFound): secrets "my-app-infra" not found' >&2; exit 1; fi
    cat "$notes/kept"
    ;;
*' apply '*)
    if [ -e "$notes/full" ]; then echo 'Error from server (Forbidden): secrets is forbidden' >&2; exit 1; fi
    cp "$here/input" "$notes/kept"
    ;;
*' rollout restart '*) ;;
*) exit 9 ;;
esac
"""
TERRAFORM = """
case "$1 $2" in
'state pull') cat "$notes/state" ;;
'state rm') ;;
*) exit 9 ;;
esac
"""


class VaultTest(places.PlaceCase):
    """The same life for each place that is asked and written by a program."""
    book = "vault_key.yml"
    program, answers = "vault", stand_in.VAULT
    writes = ("kv", "put")

    def setUp(self):
        super().setUp()
        self.programs.add(self.program, self.answers)

    def variables(self, **more):
        return {"vault_key_name": self.name, **more}

    def secret(self):
        return self.kept.read_text()

    def life(self, *arguments, fails=False, **more):
        run = self.run_play(self.book, *arguments, fails=fails, variables=self.variables(**more))
        if self.kept.exists():
            self.check_hidden(self.secret())
        return run

    def written(self):
        return sum(all(word in argv for word in self.writes) for _, argv, _ in self.programs.calls())

    def test_made_kept_rotated_and_retired(self):
        self.assertFalse(self.unchanged(self.life("--check")))
        self.assertFalse(self.kept.exists())
        self.life()
        first = self.secret()
        self.assertEqual(self.status(first), 200)
        self.assertTrue(self.unchanged(self.life()))
        self.assertEqual((self.secret(), self.written()), (first, 1))
        renew = self.renewing()
        self.pass_time(2 * DAY)
        self.life(**renew)
        second = self.secret()
        self.assertNotEqual(first, second)
        self.assertEqual((self.status(first), self.status(second), self.written()), (200, 200, 2))
        self.pass_time(13 * 3600)
        self.life(**renew)
        self.assertEqual((self.status(first), self.status(second), self.secret(), self.written()), (401, 200, second, 2))
        self.assertTrue(self.unchanged(self.life(**renew)))

    def test_a_place_that_cannot_be_asked_makes_no_key(self):
        (self.programs.notes / "down").touch()
        self.life(fails=True)
        self.assertEqual(self.family(), [])

    def test_a_secret_that_could_not_be_written_is_made_again(self):
        self.life()
        first = self.secret()
        (self.programs.notes / "full").touch()
        self.assertEqual(self.status(first), 200)
        renew = self.renewing()
        self.pass_time(2 * DAY)
        self.life(fails=True, **renew)
        self.assertEqual((self.secret(), self.status(first)), (first, 200))
        (self.programs.notes / "full").unlink()
        self.pass_time(600)
        self.life(**renew)
        second = self.secret()
        self.assertNotEqual(second, first)
        self.assertEqual((self.status(first), self.status(second)), (200, 200))
        self.assertEqual(len(self.family()), 2, "the key whose secret was lost is gone")

    def renewing(self):
        """Makes the key due for renewal whenever a day of it has passed."""
        return {"vault_key_renew_before": "8730h", "vault_key_overlap": "12h"}


class KubernetesTest(VaultTest):
    book = "kubernetes_secret_key.yml"
    program, answers = "kubectl", KUBECTL
    writes = ("apply",)

    def variables(self, **more):
        return {"kubernetes_key_name": self.name, "kubernetes_key_restart": "deployment/my-app", **more}

    def renewing(self):
        return {"kubernetes_key_renew_before": "8730h", "kubernetes_key_overlap": "12h"}

    def secret(self):
        return base64.b64decode(json.loads(self.kept.read_text())["data"]["access-key"]).decode()

    def test_the_secret_is_named_and_its_reader_restarted(self):
        self.life()
        manifest = json.loads(self.kept.read_text())
        row, = self.family()
        self.assertEqual((manifest["kind"], manifest["type"], manifest["metadata"]), (
            "Secret", "Opaque", {"name": "my-app-infra", "namespace": "default", "annotations": {"infrastate/key-id": row["id"]}}))
        restart = ["--namespace", "default", "rollout", "restart", "deployment/my-app"]
        self.assertEqual(self.programs.calls()[-1][1], restart)
        self.life()
        self.assertEqual([argv for _, argv, _ in self.programs.calls()].count(restart), 1)
        self.assertIn("--server-side", next(argv for _, argv, _ in self.programs.calls() if "apply" in argv))


class ControllerTest(places.PlaceCase):
    def setUp(self):
        super().setUp()
        for host in ("one", "two"):
            (self.scratch / host).mkdir()
        self.inventory = places.inventory(self.scratch, "applications", ("one", "two"))

    def controlled(self, *arguments, fails=False, **more):
        variables = {**self.given(), "application_key_name": self.name + "-{{ inventory_hostname }}", **more}
        return self.run_play("key_from_controller.yml", *arguments, fails=fails, variables=variables, inventory=self.inventory)

    def given(self):
        """What group_vars/ says, with this test's paths."""
        return {**places.group("all"), **places.group("applications"), "application_secret_file": str(self.scratch) + "/{{ inventory_hostname }}/app.key",
                "application_restart_command": f"sh -c 'echo {{{{ inventory_hostname }}}} >>{self.scratch}/restarts'"}

    def file_of(self, host):
        return self.scratch / host / "app.key"

    def restarts(self):
        notes = self.scratch / "restarts"
        return sorted(notes.read_text().split()) if notes.exists() else []

    def test_each_host_gets_its_secret_and_nothing_else(self):
        self.controlled("--check")
        self.assertFalse(self.file_of("one").exists())
        self.controlled()
        secrets = [self.secret_in(self.file_of(host)) for host in ("one", "two")]
        self.check_hidden(*secrets)
        self.assertEqual([self.status(secret) for secret in secrets], [200, 200])
        self.assertEqual(self.restarts(), ["one", "two"])
        self.assertEqual([path.name for path in (self.scratch / "one").iterdir()], ["app.key"])
        self.assertTrue(self.unchanged(self.controlled()))

    def test_a_copy_that_failed_loses_nothing(self):
        self.controlled()
        second = self.secret_in(self.file_of("two"))
        renew = {"application_key_renew_before": "2150h", "application_key_overlap": "8h", "application_key_renew_splay": "0s"}
        self.pass_time(DAY)
        # The old file is still there, as after a connection that was lost before the copy.
        self.file_of("two").unlink()
        (self.scratch / "two").rmdir()
        self.controlled(fails=True, **renew)
        (self.scratch / "two").mkdir()
        self.file_of("two").write_text(second)
        self.file_of("two").chmod(0o600)
        self.pass_time(600)
        self.controlled(**renew)
        third = self.secret_in(self.file_of("two"))
        self.assertNotEqual(second, third)
        self.assertEqual((self.status(second), self.status(third), len(self.family(self.name + "-two"))), (200, 200, 2))

    def test_a_file_that_cannot_be_given_to_its_owner_is_nobody_elses(self):
        """Ansible's copy writes the file, and then fails to give it to its owner. The next run mends the mode, too."""
        self.controlled(fails=True, application_owner="no-such-user")
        self.assertEqual(self.restarts(), ["one", "two"], "a handler runs all the same")
        secret = self.secret_in(self.file_of("one"))
        self.file_of("one").chmod(0o644)
        self.controlled()
        self.assertEqual((self.secret_in(self.file_of("one")), self.status(secret), self.restarts()), (secret, 200, ["one", "two"]))

    def test_two_hosts_may_not_share_a_name(self):
        for name in (self.name, ""):
            self.controlled(fails=True, application_key_name=name)
            self.assertIn("application_key_name must name one key a host", self.output)
        self.assertEqual(self.family(), [])


class TerraformTest(places.PlaceCase):
    def setUp(self):
        super().setUp()
        self.programs.add("terraform", TERRAFORM)
        self.folder = self.scratch / "files"
        self.folder.mkdir()

    def state(self, *keys, others=()):
        resources = []
        for address, answer in keys:
            module, _, rest = address.rpartition("infra_access_key.")
            name, _, index = rest.partition("[")
            resources.append({**({"module": module.rstrip(".")} if module else {}), "mode": "managed", "type": "infra_access_key", "name": name,
                              "instances": [{**({"index_key": json.loads(index[:-1])} if index else {}),
                                             "attributes": {"id": answer["id"], "name": answer["name"], "secret": answer["accessKey"]}}]})
        (self.programs.notes / "state").write_text(json.dumps({"version": 4, "resources": [*others, *resources]}))

    def key(self, suffix=""):
        return self.created(self.connector, name=self.name + suffix, expiry="8766h", inactivity="72h")

    def migrate(self, *arguments, fails=False, **more):
        return self.run_play("migrate_from_terraform.yml", *arguments, fails=fails, variables={
            "terraform_folder": str(self.scratch), "terraform_files_folder": str(self.folder), **more})

    def forgotten(self):
        return [argv[2] for _, argv, _ in self.programs.calls() if argv[:2] == ["state", "rm"]]

    def test_each_key_is_taken_over_as_it_is(self):
        keys = {"infra_access_key.connector": self.key(), "module.north.infra_access_key.app[\"a\"]": self.key("-a"), "infra_access_key.many[0]": self.key("-0")}
        self.state(*keys.items(), others=[{"mode": "managed", "type": "helm_release", "name": "x", "instances": [{"attributes": {}}]}])
        elsewhere = self.scratch / "elsewhere"
        files = {"infra_access_key.many[0]": {"path": str(elsewhere), "host": "localhost"}}
        before = self.rows(self.connector)
        self.migrate("--check", terraform_files=files)
        self.assertEqual(list(self.folder.iterdir()), [])
        self.migrate(terraform_files=files)
        self.assertEqual(self.secret_in(self.folder / f"{self.name}.key"), keys["infra_access_key.connector"]["accessKey"])
        self.assertEqual(self.secret_in(self.folder / f"{self.name}-a.key"), keys["module.north.infra_access_key.app[\"a\"]"]["accessKey"])
        self.assertEqual(self.secret_in(elsewhere), keys["infra_access_key.many[0]"]["accessKey"])
        self.check_hidden(*(key["accessKey"] for key in keys.values()))
        self.assertEqual([row["id"] for row in self.rows(self.connector)], [row["id"] for row in before])
        self.assertTrue(self.unchanged(self.migrate(terraform_files=files)))
        self.assertEqual(self.forgotten(), [])
        self.migrate(terraform_files=files, terraform_forget=True)
        self.assertEqual(sorted(self.forgotten()), sorted(keys))
        result, = self.play(self.arguments(secret_file=str(self.folder / f"{self.name}.key")))
        self.assertEqual((result["changed"], result["id"]), (False, keys["infra_access_key.connector"]["id"]))

    def test_one_that_cannot_be_taken_over_is_named_and_terraform_forgets_none(self):
        good, gone = self.key(), self.key("-gone")
        self.call("DELETE", f"/api/access-keys/{gone['id']}", status=204)
        self.state(("infra_access_key.good", good), ("infra_access_key.gone", gone))
        self.migrate(fails=True, terraform_forget=True)
        self.assertIn("infra_access_key.gone: ", self.output)
        self.assertIn("1 of 2 keys could not be taken over", self.output)
        self.assertEqual(self.secret_in(self.folder / f"{self.name}.key"), good["accessKey"])
        self.assertEqual(self.forgotten(), [])
        self.check_hidden(good["accessKey"], gone["accessKey"])

    def test_a_wrong_address_and_a_state_without_keys_are_refused(self):
        self.state(("infra_access_key.connector", self.key()))
        self.migrate(fails=True, terraform_files={"infra_access_key.other": {"path": "/x"}})
        self.assertIn("terraform_files names infra_access_key.other; the state has infra_access_key.connector", " ".join(self.output.split()))
        self.state()
        self.migrate(fails=True)
        self.assertIn("has no resource infra_access_key", self.output)
        self.assertEqual(list(pathlib.Path(self.folder).iterdir()), [])
