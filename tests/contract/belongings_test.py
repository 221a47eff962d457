# SPDX-License-Identifier: Apache-2.0
"""Files that belong to another server, to another machine, or to a user that was made again; and what a damaged
member of the record causes."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import time
import unittest

from executable import CHECK, ExecutableTest
from server import KEYS, Server

OTHER_MACHINE = "0" * 64


def has_machine_id():
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            if re.fullmatch(r"[0-9a-f]{32}\s*", pathlib.Path(path).read_text(encoding="ascii")):
                return True
    return False


class BelongingsTest(ExecutableTest):
    def setUp(self):
        super().setUp()
        self.record_file = self.folder / f".{self.file.name}.infrastate"
        self.name = "own-" + self.user.split("@")[0]
        self.addCleanup(self.remove_keys)

    def remove_keys(self):
        for row in self.connector_rows():
            self.call("DELETE", f"{KEYS}/{row['id']}")

    def connector_rows(self):
        """Keys of the user connector. Other tests have keys of that user, too."""
        return [row for row in self.rows(self.connector) if row["name"].startswith((self.name, "infra-"))]

    def record(self):
        return json.loads(self.record_file.read_text())

    def change_record(self, **members):
        """Members that are null are removed."""
        record = {**self.record(), **members}
        self.record_file.write_text(json.dumps({name: value for name, value in record.items() if value is not None}))

    def files(self):
        """All files in the folder except the lock, which tells nothing."""
        return {each.name: each.read_bytes() for each in self.folder.iterdir() if not each.name.endswith(".lock")}

    def of_connector(self, **arguments):
        return self.key(**{"name": self.name, "user": "connector", **arguments})

    def other_name(self):
        """The same server under another name that is in its certificate."""
        url = os.environ["INFRA_TEST_URL"]
        names = ("//localhost", "//127.0.0.1")
        old, new = names if names[0] in url else names[::-1]
        self.assertIn(old, url)
        return url.replace(old, new)


class OtherServerTest(BelongingsTest):
    def setUp(self):
        super().setUp()
        program = os.environ["INFRA_SIMULATOR"]
        self.other = subprocess.Popen([program, "--die-with-parent"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.other.wait)
        self.addCleanup(self.other.terminate)
        self.addCleanup(self.other.stdout.close)
        ready = json.loads(self.other.stdout.readline())
        self.there = {"host": ready["url"], "access_key": ready["admin_key"], "server_certificate_file": ready["ca_file"]}
        self.other_server = Server(ready["url"], ready["ca_file"])
        self.other_admin = ready["admin_key"]

    def keys_there(self):
        return self.other_server.request("GET", f"{KEYS}?showExpired=true&limit=1000", token=self.other_admin).json["items"]

    def refused_there(self, **arguments):
        before, keys, live = self.files(), self.keys_there(), self.connector_rows()
        for mode in (CHECK, {}):
            result = self.failed(self.of_connector(**self.there, **arguments, **mode), "CONFLICT", os.environ["INFRA_TEST_URL"],
                                 "name another secret_file", "if the server moved and the key is gone, remove")
            self.assertEqual((result["error"]["detail"], result["error"]["field"]), ("file_of_another_server", "secret_file"))
            self.assertEqual((self.files(), [row["id"] for row in self.connector_rows()]), (before, [row["id"] for row in live]))
        self.assertEqual({row["id"] for row in self.keys_there()}, {row["id"] for row in keys})

    def test_a_file_of_another_server_is_refused_in_every_way_and_nothing_is_written(self):
        made = self.done(self.of_connector(), "create")
        ways = [{}, {"name": "renamed"}, {"recreate": "always"}, {"recreate": "never"}, {"adopt": "replace"}, {"overlap": "1h"},
                {"verify_secret": "never"}, {"verify_secret": "always"}, {"keepers": {"a": 1}}, {"state": "absent"},
                {"state": "absent", "name": "renamed"}, {"state": "absent", "id": made["id"]}, {"user": "admin@example.com"}]
        if has_machine_id():
            ways += [{"name": None}, {"name": None, "state": "absent"}]
        for way in ways:
            with self.subTest(**way):
                self.refused_there(**way)
        self.done(self.of_connector(), reason="ok")

    def test_it_is_refused_beside_an_equal_key_there_too(self):
        self.done(self.of_connector(), "create")
        owner = self.other_server.request("GET", "/api/users?showSystem=true&name=connector", token=self.other_admin).json["items"][0]["id"]
        body = {"userID": owner, "name": self.name, "expiry": "8766h", "inactivityTimeout": "72h"}
        self.assertEqual(self.other_server.request("POST", KEYS, body, token=self.other_admin).status, 201)
        for way in ({}, {"adopt": "replace"}, {"state": "absent"}):
            self.refused_there(**way)

    def test_it_is_refused_where_members_of_the_record_are_damaged_too(self):
        self.done(self.of_connector(), "create")
        whole = self.record_file.read_text()
        for name in ("user", "user_id", "name", "key_name", "secret_digest", "asked"):
            with self.subTest(name=name):
                self.record_file.write_text(whole)
                self.change_record(**{name: 7})
                self.refused_there()
                self.refused_there(state="absent")

    def test_it_is_refused_though_the_file_is_gone_or_the_key_is_dead(self):
        self.done(self.of_connector(), "create")
        self.file.unlink()
        self.refused_there()
        self.refused_there(state="absent")

    def test_another_file_leads_to_a_good_end(self):
        self.done(self.of_connector(), "create")
        second = {"secret_file": str(self.folder / "other.key"), **self.there}
        self.done(self.of_connector(**second), "create")
        self.done(self.of_connector(**second), reason="ok")
        self.done(self.of_connector(), reason="ok")

    def test_where_the_server_moved_and_the_key_is_gone_removing_file_and_record_leads_to_a_good_end(self):
        made = self.done(self.of_connector(), "create")
        self.call("DELETE", f"{KEYS}/{made['id']}", status=204)
        self.refused_there()
        self.file.unlink()
        self.record_file.unlink()
        new = self.done(self.of_connector(**self.there), "create")
        self.assertEqual(self.file.read_text(), new["secret"])
        self.done(self.of_connector(**self.there), reason="ok")

    def test_the_same_server_under_another_name_is_known_by_the_key(self):
        made = self.done(self.of_connector(), "create")
        moved = {"host": self.other_name()}
        for way in (CHECK, {}):
            again = self.done(self.of_connector(**moved, **way), reason="ok")
            self.assertEqual((again["id"], again["live_keys"]), (made["id"], [made["id"]]))
        self.assertEqual(self.record()["host"], moved["host"])
        # From then on the record belongs to that name: a deleted key is made again.
        self.call("DELETE", f"{KEYS}/{made['id']}", status=204)
        self.done(self.of_connector(**moved), "create", reason="absent")
        self.done(self.of_connector(state="absent"), "delete", "delete_file")

    def test_a_dead_key_shows_whose_server_it_is(self):
        self.done(self.of_connector(expires_in="2s", inactivity_timeout="2s"), "create")
        while self.connector_rows()[0]["id"] in {row["id"] for row in self.rows(self.connector, expired=False)}:
            pass
        self.done(self.of_connector(host=self.other_name()), "delete", "create")

    def test_info_says_whose_file_it_is(self):
        made = self.done(self.of_connector(), "create")
        here = self.info(user=None, secret_file=str(self.file), host=self.other_name())
        self.assertEqual([(key["id"], key["held"]) for key in here["access_keys"]], [(made["id"], True)])
        self.assertNotIn("warnings", here)
        there = self.info(user=None, secret_file=str(self.file), **self.there)
        self.assertEqual((there["access_keys"], there["unheld"]), ([], []))
        self.assertIn("another server", there["warnings"][0])
        named = self.info(user="connector", secret_file=str(self.file), **self.there)
        self.assertNotIn(True, [key["held"] for key in named["access_keys"]])
        self.assertIn(os.environ["INFRA_TEST_URL"], named["warnings"][0])


class RemadeUserTest(BelongingsTest):
    def remake(self):
        """The user is deleted, and another user gets the name."""
        self.call("DELETE", f"/api/users/{self.owner}", status=204)
        self.owner = self.call("POST", "/api/users", {"name": self.user}, status=201).json["id"]
        self.addCleanup(self.call, "DELETE", f"/api/users/{self.owner}")

    def test_a_key_of_the_new_user_is_seen_and_is_somebody_elses(self):
        self.done(self.key(), "create")
        self.remake()
        theirs = self.created(self.owner, "example")
        for mode in (CHECK, {}):
            result = self.failed(self.key(**mode), "REFUSED", theirs["id"])
            self.assertEqual(result["error"]["detail"], "unheld")
        self.assertEqual(self.live(), [theirs["id"]])
        self.assertEqual(self.opens(theirs["accessKey"]), self.owner)

    def test_absent_deletes_the_key_of_the_new_user(self):
        self.done(self.key(), "create")
        self.remake()
        theirs = self.created(self.owner, "example")
        self.assertIn("delete", self.key(state="absent", **CHECK)["actions"])
        self.assertIn("delete", self.key(state="absent")["actions"])
        self.assertNotIn(theirs["id"], self.live())

    def test_a_rotated_member_of_the_new_users_family_is_seen(self):
        self.done(self.key(), "create")
        self.remake()
        theirs = self.created(self.owner, "example.rot-1-0123abcd")
        self.assertEqual(self.failed(self.key(), "REFUSED", theirs["id"])["error"]["detail"], "unheld")

    def test_a_new_user_without_keys_gets_one(self):
        self.done(self.key(), "create")
        self.remake()
        made = self.done(self.key(), "create", reason="absent")
        self.assertEqual((self.live(), self.opens(self.file.read_text())), ([made["id"]], self.owner))
        self.done(self.key(), reason="ok")

    def test_a_user_that_is_gone_is_an_error(self):
        self.done(self.key(), "create")
        self.call("DELETE", f"/api/users/{self.owner}", status=204)
        self.failed(self.key(), "NOT_FOUND", self.user)


class DamagedRecordTest(BelongingsTest):
    def test_no_damaged_member_replaces_a_good_key(self):
        wanted = {"keepers": {"release": 1}, "expires_in": "100h", "inactivity_timeout": "50h"}
        made = self.done(self.key(**wanted), "create")
        whole = self.record_file.read_text()
        damages = [(name, value) for name in self.record() for value in (7, "\n", None)]
        damages += [("asked", {"expires_in": "1h", "inactivity_timeout": "50h"}), ("asked", {"inactivity_timeout": "1h"}),
                    ("asked", {"expires_in": "soon"}), ("predecessors", [7]), ("predecessors", [{"id": "x y"}])]
        for name, value in damages:
            with self.subTest(member=name, value=value):
                self.record_file.write_text(whole)
                self.change_record(**{name: value})
                again = self.done(self.key(**wanted), reason="ok")
                self.assertEqual((again["id"], again["secret_state"], self.live()), (made["id"], "good", [made["id"]]))
        self.assertEqual(self.file.read_text(), made["secret"])

    def test_a_damaged_member_is_mended(self):
        self.done(self.key(keepers={"release": 1}), "create")
        whole = self.record()
        for name in ("user", "user_id", "name", "key_name", "created", "keepers", "secret_digest"):
            with self.subTest(name=name):
                self.record_file.write_text(json.dumps({**whole, name: "\n"}))
                self.assertTrue(any(f'"{name}"' in text for text in self.key(keepers={"release": 1}).get("warnings", [])))
                mended = self.record()
                self.assertEqual(mended[name], whole[name]) if name != "created" else self.assertIn(name, mended)
                self.done(self.key(keepers={"release": 1}), reason="ok")

    def test_a_use_of_unknown_time_retires_nothing(self):
        overlap = {"overlap": "1s"}
        old = self.done(self.key(keepers={"release": 1}, **overlap), "create")
        new = self.done(self.key(keepers={"release": 2}, **overlap), "create")
        time.sleep(2.2)  # Infra records a use at most every 2 s
        self.assertEqual(self.opens(old["secret"]), self.owner)
        self.change_record(tried="x")
        kept = self.key(keepers={"release": 2}, verify_secret="always", **overlap)
        self.assertNotIn("failed", kept, kept.get("msg"))
        self.assertEqual(self.live(), sorted([old["id"], new["id"]]))


@unittest.skipUnless(has_machine_id(), "this machine has no id")
class UnnamedTest(BelongingsTest):
    def unnamed(self, **arguments):
        return self.key(**{"name": None, **arguments})

    def test_a_server_behind_a_new_name_rotates_nothing(self):
        made = self.done(self.unnamed(), "create")
        for host in (self.other_name(), os.environ["INFRA_TEST_URL"], self.other_name()):
            for mode in (CHECK, {}):
                again = self.done(self.unnamed(host=host, **mode), reason="ok")
                self.assertEqual((again["id"], again["name"]), (made["id"], made["name"]))
        gone = self.done(self.unnamed(host=self.other_name(), state="absent"), "delete", "delete_file")
        self.assertEqual((gone["live_keys"], self.live()), ([], []))

    def test_a_record_of_version_1_0_is_known_by_its_name(self):
        made = self.done(self.unnamed(), "create")
        self.change_record(machine=None, version="1.0")
        again = self.done(self.unnamed(host=self.other_name()), reason="ok")
        self.assertEqual((again["id"], len(self.record()["machine"])), (made["id"], 64))

    def test_a_name_that_was_given_once_stays(self):
        made = self.done(self.key(), "create")
        self.assertEqual(self.done(self.unnamed(), reason="ok")["id"], made["id"])
        self.change_record(machine=None, version="1.0")
        self.assertEqual(self.done(self.unnamed(), reason="ok")["name"], "example")

    def test_a_copy_of_another_machines_disk_gets_a_key_of_its_own(self):
        for overlap in ({}, {"overlap": "1h"}):
            with self.subTest(**overlap):
                theirs = self.done(self.unnamed(**overlap), "create")
                self.change_record(machine=OTHER_MACHINE, name="infra-" + "a" * 16)
                # The other machine's key has a name that is not the one derived here.
                self.call("DELETE", f"{KEYS}/{theirs['id']}", status=204)
                theirs = self.created(self.owner, "infra-" + "a" * 16)
                self.change_record(id=theirs["id"], key_name="infra-" + "a" * 16)
                self.file.write_text(theirs["accessKey"])
                check = self.unnamed(**overlap, **CHECK)
                own = self.done(self.unnamed(**overlap), "create", reason="absent")
                self.assertEqual((check["actions"], check["reason"]), (["create"], "absent"))
                for result in (check, own):
                    self.assertTrue(any("another machine" in text and theirs["id"] in text for text in result["warnings"]), result)
                self.assertEqual(own["predecessors"], [])
                self.assertEqual(self.live(), sorted([theirs["id"], own["id"]]))
                self.assertEqual(self.opens(theirs["accessKey"]), self.owner)
                self.assertEqual(self.opens(self.file.read_text()), self.owner)
                self.assertNotIn("warnings", self.done(self.unnamed(**overlap), reason="ok"))
                self.done(self.unnamed(state="absent"), "delete", "delete_file")
                self.assertEqual(self.live(), [theirs["id"]])
                self.call("DELETE", f"{KEYS}/{theirs['id']}", status=204)

    def test_absent_on_a_copy_leaves_the_other_machines_key_alone(self):
        theirs = self.done(self.unnamed(), "create")
        named = "infra-" + "b" * 16
        self.call("DELETE", f"{KEYS}/{theirs['id']}", status=204)
        theirs = self.created(self.owner, named)
        self.change_record(id=theirs["id"], key_name=named, name=named, machine=OTHER_MACHINE)
        self.file.write_text(theirs["accessKey"])
        gone = self.done(self.unnamed(state="absent"), "delete_file")
        self.assertTrue(any("another machine" in text for text in gone["warnings"]))
        self.assertEqual(self.live(), [theirs["id"]])

    def test_where_nothing_says_whose_it_is_nothing_is_touched(self):
        made = self.done(self.unnamed(), "create")
        self.change_record(machine=None, name="infra-" + "c" * 16)
        before = self.files()
        for arguments in ({}, {"state": "absent"}):
            result = self.failed(self.unnamed(**arguments), "CONFLICT", "set name: infra-" + "c" * 16)
            self.assertEqual((result["error"]["detail"], self.files(), self.live()), ("record_of_unknown_machine", before, [made["id"]]))
        # Both remedies work.
        self.change_record(name=made["name"])
        self.done(self.key(name=made["name"]), reason="ok")
        self.call("DELETE", f"{KEYS}/{made['id']}", status=204)
        self.file.unlink()
        self.record_file.unlink()
        self.done(self.unnamed(), "create")
        self.done(self.unnamed(), reason="ok")


class NamedCloneTest(BelongingsTest):
    """A disk was copied with file and record, and both machines give the same name: one key for both (ADR 128)."""

    def clone(self):
        """The arguments of the task on the clone. The record names the original's machine."""
        place = self.folder / "clone"
        place.mkdir()
        self.change_record(machine=OTHER_MACHINE)
        for each in (self.file, self.record_file):
            shutil.copy2(each, place)
        return {"secret_file": str(place / self.file.name)}

    def test_it_has_the_same_key_and_nobody_is_warned(self):
        made = self.done(self.key(), "create")
        there = self.clone()
        for arguments in (there, {}, there):
            for mode in (CHECK, {}):
                again = self.done(self.key(**arguments, **mode), reason="ok")
                self.assertEqual((again["id"], again["secret"]), (made["id"], made["secret"]))
                self.assertNotIn("warnings", again)

    def test_what_replaces_it_leaves_the_other_machine_unheld_and_nothing_is_taken_back(self):
        self.done(self.key(), "create")
        there = self.clone()
        time.sleep(1.1)  # a new key of the same second could be taken for the record's key, whose id is wrong
        new = self.done(self.key(recreate="always"), "delete", "create")
        for mode in (CHECK, {}):
            result = self.failed(self.key(**there, **mode), "REFUSED", new["id"], "choose another name")
            self.assertEqual((result["error"]["detail"], self.live()), ("unheld", [new["id"]]))
        # The remedy. Leaving `name` out works, too.
        ways = [{"name": "of-the-clone"}, *([{"name": None}] if has_machine_id() else [])]
        for way in ways:
            own = self.done(self.key(**there, **way, **CHECK), "create")
        own = self.done(self.key(**there, **ways[-1]), "create")
        self.done(self.key(**there, **ways[-1]), reason="ok")
        self.done(self.key(), reason="ok")
        self.assertEqual(self.live(), sorted([new["id"], own["id"]]))

    def test_with_an_overlap_each_rotates_for_itself_and_leaves_the_others_key_alone(self):
        overlap = {"overlap": "1h"}
        self.done(self.key(keepers={"release": 1}, **overlap), "create")
        there = self.clone()
        here = self.done(self.key(keepers={"release": 2}, **overlap), "create")
        kept = self.done(self.key(keepers={"release": 1}, **overlap, **there), reason="ok")
        self.assertTrue(any("left alone" in text and here["id"] in text for text in kept["warnings"]), kept)
        theirs = self.done(self.key(keepers={"release": 2}, **overlap, **there), "create")
        for arguments, own in ((there, theirs), ({}, here)):
            again = self.done(self.key(keepers={"release": 2}, **overlap, **arguments), reason="ok")
            self.assertEqual(again["id"], own["id"])
        self.assertEqual(self.opens(here["secret"]), self.owner)
        self.assertEqual(self.opens(theirs["secret"]), self.owner)

    @unittest.skipUnless(has_machine_id(), "this machine has no id")
    def test_with_another_name_it_gets_a_key_of_its_own_and_the_originals_lives(self):
        """As from a template: name: "{{ inventory_hostname }}". It is no renaming, which would delete the original's key."""
        for number, overlap in enumerate(({}, {"overlap": "1h"})):
            with self.subTest(**overlap):
                theirs = self.done(self.key(name=f"host-a{number}", **overlap), "create")
                self.change_record(machine=OTHER_MACHINE)
                for mode in (CHECK, {}):
                    own = self.done(self.key(name=f"host-b{number}", **overlap, **mode), "create", reason="absent")
                    self.assertTrue(any("another machine" in text and theirs["id"] in text for text in own["warnings"]), own)
                    self.assertEqual(own["predecessors"], [])
                self.assertNotIn("warnings", self.done(self.key(name=f"host-b{number}", **overlap), reason="ok"))
                self.assertEqual(self.opens(theirs["secret"]), self.owner)
                self.assertIn(theirs["id"], self.live())
                self.done(self.key(name=f"host-b{number}", state="absent"), "delete", "delete_file")
                self.assertIn(theirs["id"], self.live())

    def test_absent_on_one_deletes_it_for_both(self):
        self.done(self.key(), "create")
        there = self.clone()
        self.done(self.key(state="absent", **there), "delete", "delete_file")
        self.done(self.key(), "create", reason="absent")
        self.done(self.key(), reason="ok")


class RowsTest(BelongingsTest):
    """Rows that a server, or a proxy before it, has sent incompletely. Only a simulator can be told to do that."""

    def setUp(self):
        if os.environ["INFRA_TEST_KIND"] != "simulator":
            self.skipTest("a real server sends whole rows")
        super().setUp()
        self.addCleanup(self.control, "DELETE")

    def control(self, method, body=None):
        answer = self.server.request(method, "/_simulator/faults", body, token=os.environ["INFRA_TEST_CONTROL_TOKEN"], version=None)
        self.assertIn(answer.status, (200, 204), answer.text)

    def test_a_row_that_is_not_whole_is_an_error_and_never_drift(self):
        wanted = {"expires_in": "100h", "inactivity_timeout": "50h", "keepers": {"a": 1}}
        made = self.done(self.key(**wanted), "create")
        page = self.call("GET", f"{KEYS}?userID={self.owner}&limit=1000&showExpired=true", status=200).json
        damages = [(name, None) for name in ("id", "created", "name", "issuedFor", "issuedForName", "expires", "lastUsed", "inactivityTimeout")]
        damages += [("issuedForName", ""), ("issuedForName", 7), ("id", ""), ("created", "soon"), ("expires", "never"), ("lastUsed", 0)]
        for name, value in damages:
            row = {**page["items"][0], name: value}
            if value is None:
                del row[name]
            body = json.dumps({**page, "items": [row]})
            self.control("PUT", {"rules": [{"action": "status", "status": 200, "body": body, "content_type": "application/json", "times": 0,
                                            "match": {"method": "GET", "path": KEYS}}]})
            for arguments in ({}, CHECK, {"state": "absent"}, {"secret_file": None}):
                with self.subTest(field=name, value=value, **arguments):
                    result = self.failed(self.key(**{**wanted, **({"keepers": None} if "secret_file" in arguments else {}), **arguments}), "SERVER", f"'{name}'")
                    self.assertEqual(result["error"]["detail"], "unexpected_answer")
            with self.subTest(field=name, value=value, info=True):
                self.failed(self.info(), "SERVER", f"'{name}'")
        self.control("DELETE")
        self.done(self.key(**wanted), reason="ok")
        self.assertEqual((self.live(), self.opens(made["secret"])), ([made["id"]], self.owner))
