# SPDX-License-Identifier: Apache-2.0
"""The execution module, the destination's state, the sdb module, the beacon and the ssh wrapper."""

import secrets
import time

import minion


class QuestionTest(minion.MinionTest):
    def present(self, **arguments):
        return self.ask("infra.present", "app", user=self.user, secret_file=str(self.key_file), **arguments)

    def connect(self):
        """Registers a destination, as its connector would. Returns its name."""
        name = f"d-{secrets.token_hex(4)}"
        body = {"name": name, "uniqueID": f"u-{name}", "connection": {"url": "k8s.example.com:443", "ca": "none"}, "roles": ["view"]}
        made = self.call("POST", "/api/destinations", body, status=201, headers={"Infra-Destination-Name": name}).json
        self.addCleanup(self.call, "DELETE", f"/api/destinations/{made['id']}")
        return name

    def test_the_execution_module(self):
        planned = self.ask("infra.plan", "app", user=self.user, secret_file=str(self.key_file))
        self.assertEqual((planned["actions"], self.live()), (["create"], []))
        made = self.present()
        self.assertEqual((made["changed"], made["summary"], "secret" in made), (True, f"create access key 'app' of user '{self.user}'", False))
        self.assertEqual(self.opens(self.key_file.read_text()), self.owner)
        time.sleep(1.1)  # the server counts seconds, and a key that was made in this one was not made before now
        rotated = self.ask("infra.rotate", "app", user=self.user, secret_file=str(self.key_file), overlap="1h")
        self.assertEqual((rotated["reason"], rotated["actions"]), ("rotation_due", ["create"]))
        time.sleep(1.1)
        # Nothing turns a rotation off.
        again = self.ask("infra.rotate", "app", user=self.user, secret_file=str(self.key_file), rotate_if_created_before="2020-01-01T00:00:00Z")
        self.assertEqual(again["reason"], "rotation_due")
        listed = self.ask("infra.info", user=self.user)
        self.assertEqual({key["family"] for key in listed["access_keys"]}, {"app"})
        for function, state in (("present", "absent"), ("absent", "present"), ("rotate", "absent")):
            answer = self.ask(f"infra.{function}", "app", user=self.user, secret_file=str(self.key_file), state=state)
            self.assertEqual(answer["error"], "state: this function sets it; call infra.present or infra.absent, or give it to infra.plan")
        planned = self.ask("infra.plan", "app", user=self.user, secret_file=str(self.key_file), state="absent")
        self.assertIn("delete", planned["actions"])
        self.assertTrue(self.live())
        self.ask("infra.absent", "app", user=self.user, secret_file=str(self.key_file))
        self.assertEqual(self.live(), [])

    def test_a_name_is_derived_where_the_state_asks_for_it(self):
        done = self.single("infra_access_key.present", name="any", derive_name=True, user=self.user, secret_file=str(self.key_file))
        self.assertIs(done["result"], True, done)
        self.assertRegex(self.live()[0], "^infra-[a-z0-9]{16}$")
        time.sleep(1.1)
        done = self.single("infra_access_key.mod_watch", name="any", sfun="present", derive_name=True, user=self.user, secret_file=str(self.key_file))
        self.assertEqual((done["result"], done["changes"]["reason"]), (True, "rotation_due"), done)
        done = self.single("infra_access_key.mod_watch", name="any", sfun="absent", derive_name=True, user=self.user, secret_file=str(self.key_file))
        self.assertEqual((done["result"], self.live()), (True, []), done)

    def test_a_destination_is_waited_for(self):
        nobody = f"d-{secrets.token_hex(4)}"
        looked = self.single("infra_destination.connected", test=True, name=nobody)
        self.assertEqual((looked["result"], looked["changes"]), (None, {}))
        began = time.monotonic()
        waited = self.single("infra_destination.connected", name=nobody, wait_timeout="2s")
        self.assertEqual((waited["result"], time.monotonic() - began > 1.9), (False, True))
        self.assertIn(f"wait_for: after 2s there is still no destination '{nobody}'", waited["comment"])
        name = self.connect()
        for test in (True, False):
            found = self.single("infra_destination.connected", test=test, name=name)
            self.assertEqual((found["result"], found["changes"]), (True, {}), found)
        # A sign of life before that moment does not count.
        later = self.ask("infra.destinations")["server_time"]
        time.sleep(1.1)
        old = self.single("infra_destination.connected", name=name, wait_timeout="1s", seen_after=later)
        self.assertIs(old["result"], False, old)
        self.assertIn(name, [each["name"] for each in self.ask("infra.destinations")["destinations"]])
        wrong = self.single("infra_destination.connected", test=True, name=name, kind="docker")
        self.assertEqual((wrong["result"], wrong["comment"].split(":")[0]), (False, "kind"))

    def test_sdb_reads_kept_secrets_and_nothing_else(self):
        folder = self.key_file.parent
        self.configure(kept={"driver": "infra", "folder": str(folder)}, anywhere={"driver": "infra"})
        self.present()
        secret = self.key_file.read_text()
        (folder / "other.txt").write_text("no key")
        for address, found in (("sdb://kept/app.key", secret), (f"sdb://anywhere{self.key_file}", secret), ("sdb://kept/other.txt", None),
                               ("sdb://kept/nothing", None)):
            answer = self.ask("sdb.get", address)
            self.said.pop()  # sdb.get is asked for the secret, and shows it
            self.assertEqual(answer, found, address)
        self.assertIn("'..' is not allowed", self.ask("sdb.get", "sdb://kept/../kept/app.key")["error"])
        self.assertIn("cannot be set", self.ask("sdb.set", "sdb://kept/app.key", "x")["error"])
        self.assertEqual(self.key_file.read_text(), secret)

    def test_the_beacon_tells_of_keys_that_expire_and_of_unused_ones(self):
        self.present(expires_in="48h")
        key = self.live()[0]

        def events(*members):
            answer = self.ask("beacon", {"infra_access_key": [{name: value} for member in members for name, value in member.items()]})
            self.assertTrue(answer["valid"][0], answer)
            tags = [event["tag"].rsplit("/", 1)[-1] for event in answer["events"]]
            return dict(zip(tags, (event["data"] for event in answer["events"])))

        asked = {"user": self.user}
        self.assertEqual(events(asked, {"fail_if_expiring_within": "24h"}), {})
        found = events(asked, {"fail_if_expiring_within": "72h"}, {"enabled": True})
        self.assertEqual((list(found), found["expiring"]["keys"][0]["name"]), (["expiring"], key))
        self.assertIn(key, found["expiring"]["message"])
        found = events(asked, {"unused": True})
        self.assertEqual([each["usage"] for each in found["unused"]["keys"]], ["never_used"])
        time.sleep(2.1)  # so that a use differs from the creation
        self.opens(self.key_file.read_text())
        self.assertEqual(events(asked, {"unused": True}), {})
        found = events(asked, {"unused": True}, {"host": "https://127.0.0.1:1"})
        self.assertEqual((list(found), found["failed"]["code"]), (["failed"], "TRANSPORT"))

    def test_the_beacon_refuses_a_wrong_configuration(self):
        self.assertEqual(self.ask("beacon", {"infra_access_key": [{"unused": True}, {"interval": 3600}, {"onchangeonly": True}]}),
                         {"valid": [True, "Valid beacon configuration"], "events": []})
        for config, part in (([{"user": "x"}], "one of these is required"), ([{"unused": True}, {"usr": "x"}], "'usr' is no member of the beacon")):
            answer = self.ask("beacon", {"infra_access_key": config})
            self.assertEqual((answer["valid"][0], answer["events"]), (False, []))
            self.assertIn(part, answer["valid"][1])

    def test_the_ssh_wrapper_keeps_no_file_of_the_target(self):
        self.configure(osenv={"driver": "env"})
        self.assertEqual(self.ask("wrapper", "infra.info", user=self.user)["access_keys"], [])
        for function in ("present", "absent", "plan", "rotate", "info"):
            answer = self.ask("wrapper", f"infra.{function}", "app", user=self.user, secret_file=str(self.key_file))
            self.assertIn("secret_file: under Salt SSH", answer["error"])
        self.assertEqual(self.live(), [])
        made = self.ask("wrapper", "infra.present", "app", user=self.user, current_secret="sdb://osenv/TEST_OF_SSH", current_secret_missing="replace")
        self.assertEqual((made["actions"], self.live()), (["create"], ["app"]))
