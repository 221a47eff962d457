# SPDX-License-Identifier: Apache-2.0
"""The examples of docs/rotation.md and README's first task, word for word, over a key's life. Only what a test machine lacks is
replaced: a service to restart (a file notes it), `vault` and `helm` (fake programs), and /etc (a folder)."""

import json
import os
import pathlib
import re

import yaml

import keeping
import play
import stand_in

DAY = 24 * 3600
PAGE = (play.ROOT / "docs" / "rotation.md").read_text()

HELM = """
for word in "$@"; do last=$word; done
[ "$1 $last" = 'upgrade -' ] && cp "$here/input" "$notes/values"
"""


def plays(text, start):
    """The plays in the block that begins with `start`, a pattern."""
    return yaml.safe_load(re.search(start + r"\n(.*?)```", text, re.DOTALL)[1])


def example(name):
    return plays(PAGE, f"```yaml\n# Example: {name}")


def first_task():
    return plays((play.ROOT / "README.md").read_text(), "## A first task\n```yaml")


class ExampleTest(keeping.KeepingCase):
    def prepare(self, books):
        """The example with names and paths of this test, in a file."""
        (book,) = books
        book.pop("become", None)
        text = json.dumps(book).replace("https://infra.example.com", os.environ["INFRA_TEST_URL"])
        text = text.replace("/etc/", f"{self.scratch}/etc/").replace('"my-app"', f'"{self.name}"')
        book = json.loads(text.replace('"my-cluster"', f'"{self.name}"'))
        book.update(hosts="localhost", gather_facts=False)
        for task in book["tasks"]:
            # The file's owner is a user of the example; any user may run the tests.
            if "owner" in task.get("infra_access_key", {}):
                task["infra_access_key"]["owner"] = str(os.getuid())
        for handler in book.get("handlers", []):
            service = handler.pop("ansible.builtin.systemd_service")
            self.assertEqual(service["state"], "restarted")
            handler["ansible.builtin.shell"] = f"echo restarted >>{self.scratch}/restarts"
        note = self.scratch / "key.json"
        book["tasks"].append({"ansible.builtin.copy": {"content": "{{ key | to_json }}", "dest": str(note), "mode": "0600"},
                              "no_log": True, "check_mode": False})
        path = self.scratch / "example.yml"
        path.write_text(json.dumps([book]))
        return path

    def run_example(self, path, *arguments, fails=False, **more):
        run = play.ansible_playbook(path, "--diff", *arguments, INFRA_HOST=os.environ["INFRA_TEST_URL"],
                                    INFRA_ACCESS_KEY=os.environ["INFRA_TEST_ADMIN_KEY"],
                                    INFRA_SERVER_CERTIFICATE_FILE=os.environ["INFRA_TEST_CA_FILE"], **more)
        self.assertEqual(run.returncode != 0, fails, run.stdout + run.stderr)
        self.output = run.stdout + run.stderr
        if fails:
            return None
        result = json.loads((self.scratch / "key.json").read_text())
        if result["secret"]:
            self.assertNotIn(result["secret"], self.output)
        return result

    def restarts(self):
        notes = self.scratch / "restarts"
        return len(notes.read_text().splitlines()) if notes.exists() else 0

    def use(self, secret):
        self.assertEqual(self.status(secret), 200)

    def lives(self, path, file, lifetime_days, ahead_days, overlap_days, name=None):
        """Created, left alone, rotated in time, retired after use. The application is told about new secrets only."""
        first = self.run_example(path)
        self.assertEqual((first["reason"], self.restarts()), ("absent", 1))
        self.check_kept(first, file)
        name = first["name"]
        self.use(first["secret"])
        self.assertEqual(self.run_example(path)["reason"], "ok")
        self.pass_time((lifetime_days - ahead_days + 1) * DAY, name)
        self.use(first["secret"])
        second = self.run_example(path)
        self.assertEqual((second["reason"], second["actions"], self.restarts()), ("expiring", ["create"], 2), second)
        self.assertEqual((self.status(first["secret"]), self.status(second["secret"])), (200, 200))
        self.assertEqual(self.run_example(path)["actions"], [])
        self.pass_time(overlap_days * DAY + 60, name)
        self.use(second["secret"])
        third = self.run_example(path)
        self.assertEqual((third["reason"], third["actions"], third["secret_changed"], self.restarts()), ("ok", ["retire"], False, 2), third)
        self.assertEqual((self.status(first["secret"]), self.status(second["secret"])), (401, 200))
        self.check_kept(third, file)
        self.assertEqual(self.run_example(path)["actions"], [])
        return third

    def test_the_first_task_of_the_readme(self):
        path = self.prepare(first_task())
        key_file = self.scratch / "etc" / "infra" / "admin.key"
        key_file.parent.mkdir(parents=True)
        key_file.write_text(os.environ["INFRA_TEST_ADMIN_KEY"])
        key_file.chmod(0o600)
        third = self.lives(path, self.scratch / "etc" / "my-app" / "infra.key", 90, 30, 1)
        self.use(third["secret"])
        fourth = self.run_example(path, "-e", "rotate=now")
        self.assertEqual((fourth["actions"], self.restarts()), (["create"], 3), fourth)
        self.assertEqual((self.status(third["secret"]), self.status(fourth["secret"])), (200, 200))

    def test_the_application_takes_its_new_secret_and_the_old_one_goes(self):
        (self.scratch / "etc" / "my-app").mkdir(parents=True)
        self.lives(self.prepare(example("application")), self.scratch / "etc" / "my-app" / "infra.key", 90, 30, 1)

    def test_a_host_of_the_fleet_rotates_and_is_warned_of_keys_that_nothing_renews(self):
        (self.scratch / "etc" / "infra").mkdir(parents=True)
        path = self.prepare(example("fleet"))
        # Used each day, so that only the renewal matters here.
        path.write_text(path.read_text().replace('"overlap"', '"inactivity_timeout": "8766h", "overlap"'))
        last = self.lives(path, self.scratch / "etc" / "infra" / "connector.key", 365, 73, 3)
        self.addCleanup(self.call, "DELETE", f"/api/access-keys/{last['id']}")
        path.write_text(path.read_text().replace('"renew_before": "20%", "renew_splay": "168h", ', ""))
        self.pass_time(360 * DAY, last["name"])
        self.run_example(path, fails=True)
        self.assertIn(last["name"], self.output)
        self.assertIn("fail_if_expiring_within", self.output)

    def test_the_vault_gets_each_new_secret_and_helm_with_it(self):
        programs = stand_in.Programs(self.scratch)
        programs.add("vault", stand_in.VAULT)
        programs.add("helm", HELM)
        path = self.prepare(example("vault"))
        # Used each day, so that only the renewal matters here.
        path.write_text(path.read_text().replace('"overlap"', '"inactivity_timeout": "8766h", "overlap"'))
        kept, values, down = (programs.notes / name for name in ("kept", "values", "down"))

        def run(**more):
            return self.run_example(path, PATH=programs.path, **more)

        def check(result, reason, actions):
            self.assertEqual((result["reason"], result["actions"]), (reason, actions), result)
            self.assertEqual((result["secret_state"], result["secret"]), ("good", kept.read_text()))
            self.assertEqual(yaml.safe_load(values.read_text())["connector"]["config"]["accessKey"], result["secret"])
            self.assertEqual(self.status(result["secret"]), 200)

        down.touch()
        run(fails=True)
        self.assertEqual(self.family(expired=True), [])
        down.unlink()
        first = run()
        check(first, "absent", ["create"])
        down.touch()
        run(fails=True)
        down.unlink()
        check(run(), "ok", [])
        self.assertEqual(len(self.family(expired=True)), 1)

        self.pass_time(336 * DAY)
        second = run()
        check(second, "expiring", ["create"])
        self.use(first["secret"])
        check(run(), "ok", [])
        # The connector has the new secret now. Each run uses the new one, too, so the old key must be unused
        # for a time.
        self.pass_time(DAY // 2)
        self.use(first["secret"])
        self.pass_time(DAY // 2 + 60)
        waiting = run()
        check(waiting, "ok", [])
        self.assertIn("still using the old key", " ".join(waiting["warnings"]))
        self.pass_time(DAY)
        check(run(), "ok", ["retire"])
        self.assertEqual(self.status(first["secret"]), 401)

        # Somebody deleted the vault's entry. The vault says so clearly, and the key is rotated.
        kept.unlink()
        third = run()
        self.assertEqual((third["reason"], third["actions"], third["secret"]), ("secret_missing", ["create"], kept.read_text()), third)
        # The vault lost what was written last and has the older secret again: the new key is made again.
        kept.write_text(second["secret"])
        self.assertEqual(self.status(second["secret"]), 200)
        self.pass_time(360)
        fourth = run()
        check(fourth, "secret_missing", ["delete", "create"])
        self.assertEqual(self.status(third["secret"]), 401)
        # The secret is no argument, which other users of the machine could see.
        seen = {tuple(argv) for program, argv, _ in programs.calls() if program == "vault"}
        place = "secret/infra/my-cluster"
        self.assertEqual(seen, {("kv", "get", "-field=accessKey", place), ("kv", "put", place, "accessKey=-")})
        self.assertEqual(len(self.family()), 2)

    def test_every_word_of_a_result_is_on_the_page(self):
        found = (play.ROOT / "src" / "plan" / "policy.cpp").read_text()
        chosen = (play.ROOT / "include" / "infrastate" / "types" / "vocabulary.h").read_text()
        tables = {table: re.findall(rf"{{{table}::\w+,\s+\"(\w+)\"}}", found) for table in ("Reason", "SecretState", "ActionKind")}
        for table in ("recreations", "retirements"):
            tables[table] = re.findall(r"\"(\w+)\"", re.search(rf" {table}{{(.*?)}};", chosen, re.DOTALL).group(1))
        for table, words in tables.items():
            self.assertGreater(len(words), 1, table)
            for word in words:
                with self.subTest(word):
                    self.assertTrue(f"`{word}`" in PAGE, "is not explained in docs/rotation.md")

    def test_every_refusal_of_the_state_logic_is_on_the_page(self):
        found = set()
        for layer in ("plan", "reconcile"):
            for source in (play.ROOT / "src" / layer).glob("*.cpp"):
                found |= set(re.findall(r"\"([a-z]+(?:_[a-z]+)+)\"\s*[,})]", source.read_text()))
        parameters = {each.split("`")[1] for each in (play.ROOT / "docs" / "parameters.md").read_text().splitlines() if each.startswith("| `")}
        said = {word for word in found if f"`{word}`" in PAGE}
        self.assertGreater(len(said), 12)
        failures = (play.ROOT / "docs" / "failures.md").read_text()
        elsewhere = {word for word in found if f"`{word}`" in failures} | {"key_name"}
        self.assertEqual(found - said - parameters - elsewhere, set())
