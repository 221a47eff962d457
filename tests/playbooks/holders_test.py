# SPDX-License-Identifier: Apache-2.0
"""Who keeps a secret, and whose key is left alone: several hosts, keys made elsewhere, a vault, other names,
removal, and questions that change nothing."""

import json

import keeping
from keeping import words

HOSTS = [f"host{number}" for number in range(1, 6)]
LEFT_ALONE = {"changed": False, "reason": "ok", "actions": []}


class FleetTest(keeping.KeepingCase):
    def fleet(self, *arguments, **parameters):
        """One task on five hosts at once. Each has a folder of its own for the same file."""
        for host in HOSTS:
            (self.scratch / host / "etc").mkdir(parents=True, exist_ok=True)
        module = {**self.connection(), "secret_file": f"{self.scratch}/{{{{ inventory_hostname }}}}/etc/app.key", **parameters}
        task = {"infra_access_key": module, "register": "key", "ignore_errors": True}
        return self.book([task], *arguments, "--forks", "5", hosts=HOSTS)

    def test_five_hosts_with_one_name_make_one_key_and_four_clear_errors_without_flapping(self):
        seen = []
        for round_number in range(3):
            _, results = self.fleet(name=self.name)
            self.assertEqual(sorted(results), HOSTS)
            winners = {host: result for host, result in results.items() if not result.get("failed")}
            self.assertEqual(len(winners), 1, results)
            (winner, result), = winners.items()
            self.assertEqual(result["reason"], "absent" if round_number == 0 else "ok")
            self.assertEqual(result["changed"], round_number == 0)
            (row,) = self.family(expired=True)
            self.assertEqual(row["id"], result["id"])
            self.check_kept(result, self.scratch / winner / "etc" / "app.key")
            for host in set(HOSTS) - {winner}:
                lost = results[host]
                self.assertFalse(lost["changed"], lost)
                self.assertEqual((lost["reason"], lost["error"]["code"], lost["error"]["detail"]), ("unheld", "REFUSED", "unheld"))
                for part in (self.name, result["id"], "its secret is not in secret_file", "choose another name, or set adopt: replace"):
                    self.assertIn(part, lost["msg"])
                self.assertFalse((self.scratch / host / "etc" / "app.key").exists())
                self.assertEqual(self.beside(self.scratch / host / "etc" / "app.key"), [])
            seen.append((winner, row["id"], result["secret"]))
        self.assertEqual(len(set(seen)), 1, "the key changed hands")

    def test_hosts_that_may_take_over_do_it_once_each_and_then_stop(self):
        _, results = self.fleet(name=self.name)
        for _ in range(3):
            _, results = self.fleet(name=self.name, adopt="replace")
        before = self.family(expired=True)
        _, results = self.fleet(name=self.name, adopt="replace")
        self.assertEqual([result["changed"] for result in results.values()], [False] * 5, results)
        self.assertEqual([row["id"] for row in self.family(expired=True)], [row["id"] for row in before])
        (holder,) = (host for host, result in results.items() if not result.get("failed"))
        self.check_kept(results[holder], self.scratch / holder / "etc" / "app.key")
        for host in set(HOSTS) - {holder}:
            self.assertIn(results[host]["error"]["detail"], ("taken_by_another_holder",), results[host])

    def test_without_a_name_each_host_has_a_key_of_its_own_whose_name_check_mode_foretells(self):
        _, foretold = self.fleet("--check")
        _, made = self.fleet()
        _, again = self.fleet()
        names = {result["name"] for result in made.values()}
        self.assertEqual(len(names), 5)
        for host in HOSTS:
            self.addCleanup(self.call, "DELETE", f"/api/access-keys/{made[host]['id']}")
            self.assertRegex(made[host]["name"], "^infra-[a-z2-7]{16}$")
            self.assertEqual(words(foretold[host]), words(made[host]))
            self.assertEqual((again[host]["id"], words(again[host])), (made[host]["id"], LEFT_ALONE))
            self.check_kept(again[host], self.scratch / host / "etc" / "app.key")

    def test_a_fleet_with_a_splay_is_renewed_at_different_times_that_stay(self):
        parameters = {"name": f"{self.name}-{{{{ inventory_hostname }}}}", "expires_in": "10h", "renew_before": "1h", "renew_splay": "8h"}
        self.fleet(**parameters)
        _, first = self.fleet(**parameters)
        _, second = self.fleet(**parameters)
        due = {host: self.seconds_after(first[host]["next_action_at"], first[host]["expires_at"]) for host in HOSTS}
        self.assertEqual(due, {host: self.seconds_after(second[host]["next_action_at"], second[host]["expires_at"]) for host in HOSTS})
        self.assertGreaterEqual(min(due.values()), 3600)
        self.assertLessEqual(max(due.values()), 9 * 3600)
        self.assertEqual(len(set(due.values())), 5, due)


class UnheldTest(keeping.KeepingCase):
    def test_a_key_made_elsewhere_is_refused_until_taking_it_over_is_allowed(self):
        theirs = self.created(self.connector, self.name)
        results = self.play({"module": self.kept(), "check_mode": True}, self.kept(), self.kept(recreate="always"),
                            {"module": self.kept(adopt="replace"), "check_mode": True}, self.kept(adopt="replace"),
                            self.kept(adopt="replace"), self.kept())
        for refused in results[:3]:
            self.assertEqual((refused["failed"], refused["reason"], refused["error"]["detail"], refused["error"]["field"]),
                             (True, "unheld", "unheld", "adopt"))
            self.assertIn(theirs["id"], refused["msg"])
            self.assertIn("never used", refused["msg"])
        check, taken, *later = results[3:]
        self.assertEqual(words(taken), {"changed": True, "reason": "unheld", "actions": ["delete", "create"]})
        self.assertEqual(words(check), words(taken))
        for result in later:
            self.assertEqual(words(result), LEFT_ALONE)
            self.check_kept(result)
        self.assertEqual(self.status(theirs["accessKey"]), 401)

    def test_the_secret_of_a_key_made_elsewhere_is_taken_over_without_replacing_it(self):
        theirs = self.created(self.connector, self.name)
        given = self.kept(current_secret=theirs["accessKey"])
        first, again, alone = self.play(given, given, self.kept())
        self.assertEqual((first["changed"], first["reason"], first["actions"], first["id"]), (True, "ok", ["store"], theirs["id"]), first)
        for result in (again, alone):
            self.assertEqual((result["id"], words(result)), (theirs["id"], LEFT_ALONE))
            self.check_kept(result)
        self.assertEqual(self.secret_in(self.file), theirs["accessKey"])
        self.assertNotIn(theirs["accessKey"], self.output)

    def test_the_secret_of_another_key_is_an_error_and_nothing_is_replaced(self):
        (mine,) = self.play(self.kept())
        other = self.created(self.connector, self.name + "-other")
        self.file.write_text(other["accessKey"])
        (result,) = self.play(self.kept())
        self.assertEqual((result["failed"], result["changed"], result["error"]["detail"]), (True, False, "secret_of_another_key"), result)
        self.assertEqual(self.file.read_text(), other["accessKey"])
        self.assertEqual([row["id"] for row in self.family(expired=True)], [mine["id"]])

    def test_a_file_that_holds_something_else_is_never_overwritten(self):
        self.file.write_text("database: {password: hunter2}\n")
        present, absent = self.play(self.kept(), self.kept(state="absent"))
        for result in (present, absent):
            self.assertEqual((result["failed"], result["changed"], result["error"]["detail"]), (True, False, "foreign_contents"), result)
        self.assertEqual(self.file.read_text(), "database: {password: hunter2}\n")
        self.assertEqual(self.family(expired=True), [])


class FileTest(keeping.KeepingCase):
    def test_a_file_that_others_may_read_is_repaired_without_touching_the_key(self):
        (made,) = self.play(self.kept())
        self.file.chmod(0o644)
        check, real, again, shared = self.play({"module": self.kept(), "check_mode": True, "diff": True}, {"module": self.kept(), "diff": True},
                                               self.kept(), self.kept(mode="u=rw,g=r"))
        for result in (check, real):
            self.assertEqual(words(result), {"changed": True, "reason": "ok", "actions": ["set_attributes"]})
            self.assertIn("mode: '0644'" if "mode: '" in result["diff"]["before"] else "mode: 0644", result["diff"]["before"])
            self.assertFalse(result["secret_changed"])
        self.assertEqual((words(again), again["id"]), (LEFT_ALONE, made["id"]))
        self.assertEqual((shared["actions"], shared["id"], self.file.stat().st_mode & 0o777), (["set_attributes"], made["id"], 0o640))


class NameTest(keeping.KeepingCase):
    def test_a_renamed_key_is_rotated_and_the_old_one_goes(self):
        new = {"name": self.name + "-new"}
        first, check, real, again = self.play(self.kept(), {"module": {**self.kept(), **new}, "check_mode": True},
                                              {**self.kept(), **new}, {**self.kept(), **new})
        self.assertEqual(words(real), {"changed": True, "reason": "rotation_due", "actions": ["delete", "create"]})
        self.assertEqual(words(check), words(real))
        self.assertEqual((real["previous_id"], real["name"]), (first["id"], new["name"]))
        self.assertEqual(words(again), LEFT_ALONE)
        self.check_kept(again)
        self.assertEqual(self.family(expired=True), [])

    def test_a_renamed_key_with_an_overlap_lives_on_until_the_new_one_is_used(self):
        new = {"name": self.name + "-new", "overlap": "1h"}
        first, real, early = self.play(self.kept(overlap="1h"), {**self.kept(), **new}, {**self.kept(), **new})
        self.assertEqual(words(real), {"changed": True, "reason": "rotation_due", "actions": ["create"]})
        self.assertEqual((words(early), early["predecessors"][0]["id"]), (LEFT_ALONE, first["id"]))
        self.assertEqual((self.status(first["secret"]), self.status(real["secret"])), (200, 200))
        self.pass_time(3700)
        self.assertEqual(self.status(real["secret"]), 200)
        late, again = self.play({**self.kept(), **new}, {**self.kept(), **new})
        self.assertEqual((words(late), words(again)), ({"changed": True, "reason": "ok", "actions": ["retire"]}, LEFT_ALONE))
        self.assertEqual(self.status(first["secret"]), 401)
        self.check_kept(again)

    def test_keepers_count_only_between_two_values_of_theirs(self):
        steps = [({}, False), ({"keepers": {"release": 1, "tls": True}}, False), ({"keepers": {"tls": "True", "release": "1"}}, False),
                 ({}, False), ({"keepers": {"release": 2, "tls": True}}, True), ({"keepers": {"release": 2}}, True), ({}, False)]
        results = self.play(self.kept(), *(self.kept(**more) for more, _ in steps))
        for (more, replaced), result in zip(steps, results[1:]):
            with self.subTest(more):
                self.assertEqual((result["changed"], result["reason"]), (replaced, "rotation_due" if replaced else "ok"), result)
        self.check_kept(results[-1])
        self.assertEqual(len(self.family(expired=True)), 1)


class AbsentTest(keeping.KeepingCase):
    def test_removal_takes_the_family_the_file_and_what_is_beside_it(self):
        made, rotated = self.play(self.kept(overlap="1h"), self.kept(overlap="1h", rotate_if_created_before="2001-01-01T00:00:00Z"))
        self.assertEqual((made["reason"], rotated["reason"]), ("absent", "ok"))
        self.play(self.kept(overlap="1h", keepers={"a": 1}), self.kept(overlap="1h", keepers={"a": 2}))
        self.assertEqual(len(self.family()), 2)
        check, gone, again = self.play({"module": self.kept(state="absent"), "check_mode": True}, self.kept(state="absent"),
                                       self.kept(state="absent"))
        self.assertEqual((gone["changed"], gone["actions"]), (True, ["delete", "delete", "delete_file"]))
        self.assertEqual(words(check), words(gone))
        self.assertEqual(words(again), {"changed": False, "reason": "absent", "actions": []})
        self.assertEqual((self.family(expired=True), self.file.exists(), self.beside(self.file)), ([], False, []))

    def test_one_key_can_be_removed_by_its_id(self):
        one, other = self.created(self.connector, self.name), self.created(self.connector, self.name + "-2")
        by_id = {**self.connection(), "state": "absent", "id": one["id"]}
        wrong, gone, again = self.play({**by_id, "name": self.name + "-2"}, by_id, by_id)
        self.assertEqual((wrong["failed"], wrong["error"]["detail"]), (True, "id_of_another_key"), wrong)
        self.assertEqual((gone["changed"], again["changed"]), (True, False), again)
        self.assertEqual([row["id"] for row in self.rows(self.connector, name=self.name + "-2")], [other["id"]])


class InfoTest(keeping.KeepingCase):
    def test_info_tells_what_is_held_used_and_due_and_never_a_secret(self):
        info = {**self.connection(), "secret_file": str(self.file)}
        first, before, _, second, after = self.play(
            self.kept(overlap="1h", expires_in="10h", keepers={"a": 1}), {"info": info},
            {"module": self.kept(overlap="1h", expires_in="10h", keepers={"a": 2})},
            {"info": info}, {"info": {**self.connection(), "name": self.name}})
        self.assertEqual([(key["id"], key["held"], key["usage"], key["status"]) for key in before["access_keys"]],
                         [(first["id"], True, "never_used", "live")])
        self.assertEqual([(key["family"], key["rotation"], key["held"]) for key in second["access_keys"]],
                         [(self.name, 0, True), (self.name, 1, True)])
        self.assertEqual(second["unheld"], [])
        self.assertEqual([key["id"] for key in after["access_keys"]], [key["id"] for key in second["access_keys"]])
        for result in (before, second, after):
            self.assertFalse(result["changed"])
            self.assertNotIn(self.secret_in(self.file), json.dumps(result))

    def test_info_fails_where_a_key_ends_soon_and_tells_all_the_same(self):
        due = {**self.connection(), "name": self.name, "user": "connector", "fail_if_expiring_within": "2h"}
        none, made, early = self.play({"info": due}, self.kept(expires_in="3h"), {"info": due})
        self.assertTrue(none["failed"])
        self.assertFalse(early.get("failed", False), early)
        self.pass_time(2 * 3600)
        late, *_ = self.play({"info": due})
        self.assertEqual((late["failed"], late["error"]["detail"], late["access_keys"][0]["id"]), (True, "expiring", made["id"]))
        self.assertIn(self.name, late["msg"])
