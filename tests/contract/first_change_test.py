# SPDX-License-Identifier: Apache-2.0
"""What a run finds out before it deletes anything: who may make which keys, which key authenticates, and
whether the file's lock and folder can be used."""

from executable import CHECK, ExecutableTest
from server import KEYS

ONLY_CONNECTOR = "bad request: cannot use an access key to create other access keys"


class FirstChangeTest(ExecutableTest):
    def setUp(self):
        super().setUp()
        self.myself = self.call("GET", "/api/users/self", status=200).json
        self.name = "caller-" + self.user.split("@")[0]
        # An administrator's ordinary key, made by the API.
        self.ordinary = self.own_key(self.name)

    def own_key(self, name):
        key = self.created(self.myself["id"], name)
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{key['id']}")
        return key

    def own_rows(self):
        return sorted(row["name"] for row in self.rows(self.myself["id"], expired=False) if row["name"].startswith(self.name))

    def test_an_ordinary_key_makes_keys_for_connector_only_whatever_their_name(self):
        token = self.ordinary["accessKey"]
        made = self.created(self.connector, self.name, token=token)
        self.addCleanup(self.call, "DELETE", f"{KEYS}/{made['id']}")
        self.check_error(self.create(self.owner, "taken", token=token), 400, ONLY_CONNECTOR)
        self.created(self.owner, "taken")  # the configured key may do it
        self.check_error(self.create(self.owner, "taken", token=token), 400, ONLY_CONNECTOR)
        self.check_error(self.create(self.myself["id"], self.name, token=token), 400, ONLY_CONNECTOR)
        self.assertEqual(self.create(self.owner, "taken").status, 409)

    def test_a_live_key_stays_whose_successor_the_caller_may_not_make(self):
        token = self.ordinary["accessKey"]
        for more in ({"secret_file": None}, {}):
            with self.subTest(**more):
                self.key(**more)
                live = self.live()
                held = self.file.read_text() if self.file.exists() else None
                result = self.failed(self.key(access_key=token, recreate="always", **more), "ARGUMENT", ONLY_CONNECTOR,
                                     "username and password")
                self.assertNotIn(token, result["msg"])
                self.assertEqual(self.live(), live)
                self.assertEqual(self.file.read_text() if self.file.exists() else None, held)
                # Does what the error says.
                self.done(self.key(recreate="always", **more), "delete", "create")
                self.assertEqual(len(self.live()), 1)
                self.done(self.key(state="absent", **more), "delete", *([] if more else ["delete_file"]))

    def test_a_key_for_connector_is_replaced_by_any_key_of_an_administrator(self):
        arguments = {"name": self.name, "user": "connector", "access_key": self.ordinary["accessKey"], "secret_file": str(self.file)}
        self.done(self.run_module(**arguments), "create")
        self.done(self.run_module(recreate="always", **arguments), "delete", "create")
        self.done(self.run_module(state="absent", **arguments), "delete", "delete_file")

    def test_the_key_that_authenticates_is_refused_before_any_other_key_goes(self):
        own = self.own_key(self.name + ".rot-1-0123abcd")
        self.own_key(self.name + ".rot-2-0123abcd")
        rows = self.own_rows()
        arguments = {"name": self.name, "user": self.myself["name"], "secret_file": None, "access_key": own["accessKey"]}
        for more in ({"state": "absent"}, {"state": "absent", "name": None, "id": own["id"]}):
            for mode in (CHECK, {}):
                with self.subTest(check=bool(mode), **more):
                    result = self.failed(self.run_module(**{**arguments, **more, **mode}), "ARGUMENT", own["id"], "another key")
                    self.assertEqual((result["error"]["detail"], result["error"]["field"]), ("own_key", "access_key"))
                    self.assertEqual(self.own_rows(), rows)
        # Does what the error says.
        self.done(self.run_module(**{**arguments, "access_key": self.admin, "state": "absent"}), "delete", "delete", "delete")
        self.assertEqual(self.own_rows(), [])

    def test_a_folder_in_the_place_of_the_lock_is_found_in_check_mode(self):
        lock = self.folder / ".connector.key.infrastate.lock"
        for state in ("present", "absent"):
            lock.mkdir()
            before = self.live()
            for mode in (CHECK, {}):
                with self.subTest(state=state, check=bool(mode)):
                    result = self.failed(self.key(state=state, **mode), "FILE", "is a folder")
                    self.assertEqual(result["error"]["detail"], "not_regular")
                    self.assertEqual(self.live(), before)
            lock.rmdir()
            self.assertTrue(self.key(state=state)["changed"])
            self.assertFalse(self.key(state=state)["changed"])
            lock.unlink()

    def test_nothing_to_do_needs_no_lock(self):
        self.key()
        lock = self.folder / ".connector.key.infrastate.lock"
        lock.unlink()
        lock.mkdir()
        for mode in (CHECK, {}):
            self.done(self.key(**mode), reason="ok")
