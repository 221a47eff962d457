# SPDX-License-Identifier: Apache-2.0
"""The module in ansible-playbook: each state of a key is reached, resolved, and then left alone."""

import os
import time

import play

KEYS = "/api/access-keys"


def words(result):
    return {field: result.get(field) for field in ("changed", "reason", "actions")}


class KeyTest(play.PlayCase):
    def test_a_key_is_created_works_and_is_left_alone_with_one_request(self):
        (made,), requests = self.requests_of(self.arguments())
        self.assertEqual(words(made), {"changed": True, "reason": "absent", "actions": ["create"]})
        self.assertLessEqual(len(requests), 4, requests)
        self.assertTrue(made["secret_known"])
        answer = self.server.request("GET", "/api/users/self", token=made["secret"])
        self.assertEqual((answer.status, answer.json["name"]), (200, "connector"))
        self.assertEqual((made["expires_in"], made["inactivity_timeout"]), ("8766h0m0s", "72h0m0s"))
        (again,), requests = self.requests_of(self.arguments())
        self.assertEqual(words(again), {"changed": False, "reason": "ok", "actions": []})
        self.assertEqual([(method, path.partition("?")[0]) for method, path in requests], [("GET", KEYS)])
        self.assertEqual((again["id"], again["secret"], again["secret_known"]), (made["id"], None, False))

    def test_drift_that_the_caller_set_is_seen_and_repaired(self):
        for parameter, value in (("inactivity_timeout", "24h"), ("expires_in", "4383h")):
            with self.subTest(parameter):
                before, drifted, after = self.play(self.arguments(), self.arguments(**{parameter: value}),
                                                   self.arguments(**{parameter: value}))
                self.assertEqual(words(drifted), {"changed": True, "reason": "drifted", "actions": ["delete", "create"]})
                self.assertNotEqual(before["id"], drifted["id"])
                self.assertEqual(drifted[parameter], value + "0m0s")
                self.assertEqual(words(after), {"changed": False, "reason": "ok", "actions": []})
                self.assertEqual(len(self.listed()), 1)

    def test_an_expiry_at_a_moment_is_kept(self):
        first, again, other = self.play(self.arguments(expires_at="2040-01-01T00:00:00Z"),
                                        self.arguments(expires_at="2040-01-01T01:00:00+01:00"),
                                        self.arguments(expires_at="2041-01-01T00:00:00Z"))
        self.assertEqual((first["reason"], again["reason"], other["reason"]), ("absent", "ok", "drifted"))
        self.assertEqual(other["expires_at"], "2041-01-01T00:00:00Z")

    def test_a_key_made_elsewhere_with_other_limits_is_left_alone(self):
        self.created(self.connector, self.name, expiry="100h", inactivity="5h")
        (result,), requests = self.requests_of(self.arguments())
        self.assertEqual(words(result), {"changed": False, "reason": "ok", "actions": []})
        self.assertEqual(len(requests), 1)
        self.assertEqual((result["expires_in"], result["inactivity_timeout"]), ("100h0m0s", "5h0m0s"))

    def test_a_key_of_another_user_with_that_name_is_not_touched(self):
        self.created(self.dev, self.name)
        made, gone = self.play(self.arguments(), self.arguments(state="absent"))
        self.assertEqual((made["reason"], gone["actions"]), ("absent", ["delete"]))
        self.assertEqual(len(self.rows(self.dev, name=self.name)), 1)

    def test_an_expired_and_an_inactive_key_are_replaced(self):
        for reason, expiry, inactivity in (("expired", "1s", "1h"), ("inactive", "1h", "1s")):
            with self.subTest(reason):
                old = self.created(self.connector, self.name, expiry=expiry, inactivity=inactivity)
                time.sleep(2.2)
                (new,), requests = self.requests_of(self.arguments())
                self.assertEqual(words(new), {"changed": True, "reason": reason, "actions": ["delete", "create"]})
                self.assertLessEqual(len(requests), 5, requests)
                self.assertEqual([row["id"] for row in self.listed()], [new["id"]])
                self.assertNotEqual(old["id"], new["id"])
                again, gone = self.play(self.arguments(), self.arguments(state="absent"))
                self.assertEqual((again["reason"], gone["changed"]), ("ok", True))

    def test_absent_deletes_by_id_and_then_costs_one_request(self):
        key = self.created(self.connector, self.name)
        (gone,), requests = self.requests_of(self.arguments(state="absent"))
        self.assertEqual((gone["changed"], gone["actions"]), (True, ["delete"]))
        self.assertIn(("DELETE", f"{KEYS}/{key['id']}"), requests)
        self.assertEqual(self.listed(), [])
        (again,), requests = self.requests_of(self.arguments(state="absent"))
        self.assertEqual(words(again), {"changed": False, "reason": "absent", "actions": []})
        self.assertEqual(len(requests), 1)

    def test_the_policy_decides_what_may_be_replaced(self):
        made, never, dead, always = self.play(
            self.arguments(), self.arguments(expires_in="4383h", recreate="never"),
            self.arguments(expires_in="4383h", recreate="dead"), self.arguments(recreate="always"))
        for refused in (never, dead):
            self.assertTrue(refused["failed"])
            self.assertFalse(refused["changed"])
            for part in (made["id"], "expires_in is 8766h0m0s", "recreate: state_change"):
                self.assertIn(part, refused["msg"])
        self.assertEqual(words(always), {"changed": True, "reason": "ok", "actions": ["delete", "create"]})
        self.assertEqual([row["id"] for row in self.listed()], [always["id"]])


class CheckModeTest(play.PlayCase):
    def both(self, arguments):
        check, real = self.play({"module": arguments, "check_mode": True, "diff": True}, {"module": arguments, "diff": True})
        self.assertEqual(words(check), words(real))
        self.assertEqual(check["diff"], real["diff"])
        return check, real

    def test_check_mode_changes_nothing_and_says_what_the_run_does(self):
        check, made = self.both(self.arguments())
        self.assertEqual(check["secret"], None)
        self.assertTrue(made["secret_known"])
        self.both(self.arguments())
        self.both(self.arguments(inactivity_timeout="24h"))
        self.both(self.arguments(recreate="always"))
        self.both(self.arguments(state="absent"))
        self.both(self.arguments(state="absent"))

    def test_check_mode_sends_no_post_and_no_delete(self):
        self.created(self.connector, self.name)
        _, requests = self.requests_of({"module": self.arguments(recreate="always"), "check_mode": True},
                                       {"module": self.arguments(state="absent"), "check_mode": True})
        self.assertEqual({method for method, _ in requests}, {"GET"})
        self.assertEqual(len(self.listed()), 1)

    def test_a_dead_key_is_reported_alike(self):
        self.created(self.connector, self.name, expiry="1s")
        time.sleep(2.2)
        self.both(self.arguments())


class KeptSecretTest(play.PlayCase):
    def test_a_file_on_the_host_keeps_the_secret_and_info_finds_it(self):
        file = str(self.scratch / "connector.key")
        kept = {**self.connection(), "secret_file": file, "mode": "0640"}
        made, again, info, loose, gone = self.play(
            kept, kept, {"info": {**self.connection(), "secret_file": file}}, {"module": {**kept, "mode": "u=rw"}, "diff": True},
            {**kept, "state": "absent"})
        self.assertEqual([words(each) for each in (made, again)], [
            {"changed": True, "reason": "absent", "actions": ["create"]}, {"changed": False, "reason": "ok", "actions": []}])
        self.assertEqual(again["secret"], made["secret"])
        self.assertEqual([(key["id"], key["held"], key["status"]) for key in info["access_keys"]], [(made["id"], True, "live")])
        self.assertFalse(info["changed"])
        self.assertEqual(loose["actions"], ["set_attributes"])
        self.assertEqual(gone["actions"], ["delete", "delete_file"])
        self.assertFalse(os.path.exists(file))

    def test_values_of_any_type_in_keepers_mean_what_the_templates_wrote(self):
        kept = {**self.arguments(), "secret_file": str(self.scratch / "connector.key")}
        plain = {"release": 5, "debug": True, "name": "blue"}
        templates = {"release": "{{ 2 + 3 }}", "debug": "{{ 1 == 1 }}", "name": "{{ 'bl' ~ 'ue' }}"}
        made, same, other = self.play({**kept, "keepers": plain}, {**kept, "keepers": templates},
                                      {**kept, "keepers": {**plain, "release": "{{ 2 + 4 }}"}})
        self.assertEqual((made["reason"], same["reason"], other["reason"]), ("absent", "ok", "rotation_due"))


class BadInputTest(play.PlayCase):
    def test_wrong_parameters_are_refused_and_no_key_is_made(self):
        cases = (
            ({"user": "nobody@example.com"}, "user: Infra has no user named 'nobody@example.com'"),
            ({"expires_in": "1h", "expires_at": "2040-01-01T00:00:00Z"}, "mutually exclusive: expires_in|expires_at"),
            ({"expires_in": "1d2x"}, "expires_in"),
            ({"expires_in": "-1h"}, "expires_in"),
            ({"inactivity_timeout": "0s"}, "inactivity_timeout"),
            ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
            ({"name": "a"}, "name"),
            ({"name": "x" * 257}, "name"),
            ({"state": "Present"}, "value of state must be one of: present, absent, got: Present"),
            ({"bogus": 1}, "Unsupported parameters for (infra_access_key) module: bogus"),
            ({"host": "http://localhost"}, "host"),
            ({"server_certificate_file": "/nonexistent/ca.pem"}, "server_certificate_file"),
        )
        before = len(self.rows(self.connector))
        results, requests = self.requests_of(*(self.arguments(**more) for more, _ in cases))
        for (more, message), result in zip(cases, results):
            with self.subTest(more):
                self.assertTrue(result.get("failed"), result)
                self.assertFalse(result["changed"])
                self.assertIn(message, result["msg"])
        self.assertEqual({method for method, _ in requests}, {"GET"})
        self.assertEqual(len(self.rows(self.connector)), before)

    def test_a_wrong_access_key_is_named(self):
        (result,) = self.play({**self.arguments(), "access_key": "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"})
        self.assertTrue(result["failed"])
        self.assertIn("401: unauthorized", result["msg"])
        self.assertEqual(result["error"]["field"], "access_key")

    def test_a_connector_key_may_not_manage_keys(self):
        key = self.created(self.connector, self.name)
        (result,) = self.play({**self.arguments(), "access_key": key["accessKey"]})
        self.assertIn("403: you do not have permission", result["msg"])
        self.assertNotIn(key["accessKey"], self.output)


class WayOfCallingTest(play.PlayCase):
    def test_the_connection_may_come_from_the_environment(self):
        key_file = self.scratch / "admin.key"
        key_file.write_text(os.environ["INFRA_TEST_ADMIN_KEY"] + "\n")
        key_file.chmod(0o640)
        given = {"INFRA_HOST": os.environ["INFRA_TEST_URL"], "INFRA_ACCESS_KEY_FILE": str(key_file),
                 "INFRA_SERVER_CERTIFICATE_FILE": os.environ["INFRA_TEST_CA_FILE"]}
        (made,) = self.play({"module": {"name": self.name}, "environment": given})
        self.assertEqual(made["reason"], "absent", made)
        self.assertTrue(any("access_key_file" in warning for warning in made["warnings"]), made["warnings"])

    def test_loop_async_and_no_log_work(self):
        looped, slow = self.play(
            {"module": self.arguments(name="{{ item }}"), "loop": [self.name + "-1", self.name + "-2"], "no_log": True},
            {"module": self.arguments(), "async": 60, "poll": 1})
        self.assertEqual([each["reason"] for each in looped["results"]], ["absent", "absent"])
        self.assertEqual(slow.get("reason"), "absent", slow)
        for secret in [each["secret"] for each in looped["results"]]:
            self.assertNotIn(secret, self.output)

    def test_a_user_may_log_in_and_is_logged_out(self):
        login = {"host": os.environ["INFRA_TEST_URL"], "server_certificate_file": os.environ["INFRA_TEST_CA_FILE"],
                 "username": os.environ["INFRA_TEST_DEV_USER"], "password": os.environ["INFRA_TEST_DEV_PASSWORD"],
                 "user": os.environ["INFRA_TEST_DEV_USER"], "name": self.name}
        before = len(self.rows(self.dev, expired=False))
        (made,), requests = self.requests_of(login)
        self.assertEqual(made["reason"], "absent", made)
        self.assertEqual(requests[-1], ("POST", "/api/logout"))
        self.assertEqual(len(self.rows(self.dev, expired=False)), before + 1)

    def test_the_administrators_key_is_nowhere_in_the_output(self):
        self.play({"module": self.arguments(), "diff": True})
        self.assertNotIn(os.environ["INFRA_TEST_ADMIN_KEY"], self.output)
