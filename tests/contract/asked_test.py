# SPDX-License-Identifier: Apache-2.0
"""A result shows what was asked for, and a rotation that is asked for now is made now."""

import time

from executable import CHECK, ExecutableTest


class AskedTest(ExecutableTest):
    def spans(self, shown):
        return shown["expires_in"], shown["inactivity_timeout"]

    def shown(self, result):
        """The spans in the result, and in both sides of the diff if they show a key."""
        sides = [result] + [self.side(result, word) for word in ("before", "after")]
        return [self.spans(each) for each in sides if each.get("inactivity_timeout")]

    @staticmethod
    def side(result, word):
        return dict(line.split(": ", 1) for line in result["diff"][word].splitlines() if ": " in line)

    def test_the_result_the_diff_and_a_question_show_what_was_asked_for(self):
        for number, (expires_in, inactivity) in enumerate((("24h0m0s", "72h0m0s"), ("8766h0m0s", "72h0m0s"), ("1h0m0s", "1h0m0s"))):
            with self.subTest(expires_in=expires_in, inactivity=inactivity):
                file = str(self.folder / f"key-{number}")
                asked = {"name": f"asked-{number}", "secret_file": file, "expires_in": expires_in, "inactivity_timeout": inactivity}
                both = (expires_in, inactivity)
                foretold = self.done(self.key(**asked, **CHECK), "create")
                made = self.done(self.key(**asked), "create")
                self.assertEqual(made["diff"], foretold["diff"])
                self.assertEqual(self.shown(made), [both, both])
                for mode in (CHECK, {}):
                    self.assertEqual(self.shown(self.done(self.key(**asked, **mode), reason="ok")), [both] * 3)
                (told,) = self.info(name=asked["name"], secret_file=file)["access_keys"]
                self.assertEqual(self.spans(told), both)
                other = {**asked, "inactivity_timeout": "30m"}
                for mode in (CHECK, {}):
                    result = self.done(self.key(**other, **mode), "delete", "create", reason="drifted")
                    self.assertEqual(self.shown(result)[1:], [both, (expires_in, "30m0s")])

    def test_a_row_that_no_record_knows_is_shown_as_the_server_has_it(self):
        self.created(self.owner, "example", expiry="2h", inactivity="1h")
        (told,) = self.info(name="example")["access_keys"]
        self.assertEqual(self.spans(told), ("2h0m0s", "1h0m0s"))

    def test_rotate_now_replaces_in_each_run_and_keeps_the_old_key_for_the_overlap(self):
        now = {"rotate_if_created_before": "now", "overlap": "1h"}
        first = self.done(self.key(**now), "create")
        time.sleep(1.1)  # the server counts whole seconds
        foretold = self.done(self.key(**now, **CHECK), "create", reason="rotation_due")
        second = self.done(self.key(**now), "create", reason="rotation_due")
        self.assertEqual(second["diff"], foretold["diff"])
        self.assertEqual(self.live(), sorted([first["id"], second["id"]]))
        self.assertEqual(self.opens(first["secret"]), self.owner)
        self.assertEqual(self.opens(self.file.read_text().strip()), self.owner)
        self.done(self.key(overlap="1h"), reason="ok")
        time.sleep(1.1)
        third = self.done(self.key(**now), "create", "retire", reason="rotation_due")
        self.assertEqual(self.live(), sorted([second["id"], third["id"]]))

    def test_rotate_now_without_an_overlap_leaves_one_key(self):
        self.done(self.key(rotate_if_created_before="now"), "create")
        time.sleep(1.1)
        second = self.done(self.key(rotate_if_created_before="now"), "delete", "create", reason="rotation_due")
        self.assertEqual(self.live(), [second["id"]])

    def test_a_name_that_leaves_no_room_for_a_rotation_is_refused_up_front(self):
        for length, overlap, refused in ((233, "1h", False), (234, "1h", True), (240, "1h", True), (240, "0s", False), (240, None, False)):
            with self.subTest(length=length, overlap=overlap):
                arguments = {"name": "x" * length, "overlap": overlap, "secret_file": str(self.folder / f"key-{length}-{overlap}")}
                if refused:
                    for mode in (CHECK, {}):
                        self.failed(self.key(**arguments, **mode), "ARGUMENT", "name: ", "233", "overlap")
                    continue
                result = self.key(**arguments, adopt="replace")
                self.assertNotIn("failed", result, result.get("msg"))
                time.sleep(1.1)
                self.done(self.key(**arguments, rotate_if_created_before="now"),
                          *(["create"] if overlap == "1h" else ["delete", "create"]))
