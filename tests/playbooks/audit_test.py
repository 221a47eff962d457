# SPDX-License-Identifier: Apache-2.0
"""The playbook that audits all keys: the node exporter's file, and the complaint. A stand-in for the module tells of keys
that no server would make."""

import json
import re

import play

METRIC = "infra_access_key_remaining_seconds"
SAMPLE = re.compile(r'^(\w+)\{name="((?:[^"\\\n]|\\["\\n])*)",user="((?:[^"\\\n]|\\["\\n])*)"\} (\S+)$')


def plain(label):
    """What Prometheus reads of a label."""
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), label)


class AuditTest(play.BookCase):
    def setUp(self):
        super().setUp()
        self.file = self.scratch / "infra_keys.prom"

    def audit(self, *arguments, **environment):
        return self.run_book("audit_keys.yml", "-e", f"audit_keys_file={self.file}", *arguments, **environment)

    def told(self, *keys, arguments=()):
        """The audit of keys that a stand-in for the module lists."""
        library = self.scratch / "library"
        library.mkdir(exist_ok=True)
        rows = [{"user": "connector", "status": "live", "expires_at": "2027-01-31T12:00:00Z", "family": key["name"], **key} for key in keys]
        (self.scratch / "answer.json").write_text(json.dumps({"changed": False, "access_keys": rows}))
        (library / "infra_access_key_info").write_text(f"#!/bin/sh\n# WANT_JSON\ncat '{self.scratch}/answer.json'\n")
        return self.audit(*arguments, ANSIBLE_LIBRARY=str(library))

    def samples(self):
        lines = self.file.read_text().splitlines()
        self.assertRegex(lines[0], f"^# HELP {METRIC} [^\\\\]+$")
        self.assertEqual(lines[1], f"# TYPE {METRIC} gauge")
        found = [SAMPLE.match(line) for line in lines[2:]]
        self.assertNotIn(None, found, lines)
        self.assertEqual({match[1] for match in found}, {METRIC} if found else set())
        return {(plain(match[2]), plain(match[3])): float(match[4]) for match in found}

    def passes(self, run):
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)

    def complaint(self, run):
        self.assertNotEqual(run.returncode, 0, run.stdout)
        return " ".join(run.stdout.replace('\\"', '"').split())

    def test_a_servers_keys(self):
        owner, user = self.new_user()
        self.created(owner, self.name, expiry="1000h", inactivity="1000h")
        self.created(owner, self.name + "-soon", expiry="10h", inactivity="10h")
        said = self.complaint(self.audit())
        self.assertIn("These keys have ended or end within 30 days: ", said)
        self.assertRegex(said, f'"{self.name}-soon" of {re.escape(user)} \\(ends 20[-0-9]+T[:0-9]+Z\\)')
        self.assertNotIn(f'"{self.name}" of', said)
        samples = self.samples()
        self.assertTrue(3599000 < samples[self.name, user] <= 3600000, samples)
        self.assertTrue(35000 < samples[self.name + "-soon", user] <= 36000, samples)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        self.assertEqual([path.name for path in self.scratch.iterdir() if "prom" in path.name], [self.file.name])

    def test_labels_are_escaped(self):
        name, user = 'a\\n"b"\nc\\', '"<\\"x\\">"@example.com'
        self.passes(self.told({"name": name, "user": user, "remaining_seconds": 5000000}))
        self.assertEqual(self.samples(), {(name, user): 5000000})

    def test_dead_keys_have_nothing_left_and_endless_ones_always(self):
        said = self.complaint(self.told({"name": "endless", "remaining_seconds": None}, {"name": "idle", "status": "inactive", "remaining_seconds": 9000000},
                                        {"name": "over", "status": "expired", "remaining_seconds": 0}))
        self.assertIn('end within 30 days: "idle" of connector (inactive), "over" of connector (expired). Renew', said)
        self.assertEqual(self.samples(), {("endless", "connector"): float("inf"), ("idle", "connector"): 0, ("over", "connector"): 0})

    def test_the_limit_is_a_variable(self):
        day = 86400
        self.passes(self.told({"name": "a", "remaining_seconds": 30 * day}))
        self.complaint(self.told({"name": "a", "remaining_seconds": 30 * day - 1}))
        self.passes(self.told({"name": "a", "remaining_seconds": 30 * day - 1}, arguments=["-e", "audit_keys_days=29"]))

    def test_the_longest_lived_key_of_a_name_counts(self):
        old, new = {"name": "a", "remaining_seconds": 60}, {"name": "a.rot-1-0123abcd", "family": "a", "remaining_seconds": 9000000}
        self.passes(self.told(old, new))
        self.passes(self.told({**new, "remaining_seconds": None}, {**old, "status": "expired"}))
        self.complaint(self.told(old, {**new, "user": "somebody"}))
        self.complaint(self.told(old, {**new, "status": "inactive"}))
        self.assertIn('"a.rot-1-0123abcd" of connector (ends', self.complaint(self.told(old, {**new, "remaining_seconds": 90})))

    def test_no_key_is_no_complaint(self):
        self.passes(self.told())
        self.assertEqual(self.samples(), {})

    def test_an_audit_is_no_change_and_checking_writes_nothing(self):
        self.told({"name": "a", "remaining_seconds": 9000000}, arguments=["--check"])
        self.assertFalse(self.file.exists())
        self.assertEqual(self.changed(self.told({"name": "a", "remaining_seconds": 9000000})), 0)
        self.assertEqual(self.changed(self.told({"name": "a", "remaining_seconds": 8999000})), 0)
        self.assertEqual(self.samples()["a", "connector"], 8999000)

    def test_the_file_is_replaced_and_never_half_written(self):
        self.told({"name": "a", "remaining_seconds": 9000000})
        with self.file.open() as before:
            self.told({"name": "b", "remaining_seconds": 9000000})
            self.assertIn('name="a"', before.read(), "who has it open reads the old one to its end")
        self.assertEqual(list(self.samples()), [("b", "connector")])

    def test_a_server_that_does_not_answer_leaves_the_last_file(self):
        self.told({"name": "a", "remaining_seconds": 9000000})
        self.assertNotEqual(self.audit("-e", "infra_host=https://127.0.0.1:1").returncode, 0)
        self.assertEqual(list(self.samples()), [("a", "connector")])
