# SPDX-License-Identifier: Apache-2.0
"""The role key_report: what its page says of keys, and that it is written once."""

import base64
import hashlib
import importlib.util
import re
import secrets
import unittest

import support
from pages import NOW, Page, ReportTest, key

spec = importlib.util.spec_from_file_location("report", support.ROOT / "collection" / "plugins" / "plugin_utils" / "report.py")
computed = importlib.util.module_from_spec(spec)
spec.loader.exec_module(computed)
DAY = 86400


class StateTest(unittest.TestCase):
    def rows(self, *keys, **more):
        return computed.report(list(keys), NOW, **more)["rows"]

    # What differs from a key that is fine, its state, and its sentence.
    TABLE = (
        ({}, "fine", "Ends in 305 days."),
        ({"expires_at": None}, "fine", "It has no expiry."),
        ({"expires_at": "2027-03-31T12:00:00Z"}, "soon", "Ends in 30 days."),
        ({"expires_at": "2027-03-31T12:00:01Z"}, "fine", "Ends in 30 days."),
        ({"expires_at": "2027-03-01T12:00:01Z"}, "soon", "Ends in less than a minute."),
        ({"expires_at": "2027-03-01T12:00:00Z"}, "ended", "Expired less than a minute ago."),
        ({"expires_at": "2027-02-27T12:00:00Z", "status": "expired"}, "ended", "Expired 2 days ago."),
        ({"inactivity_deadline": "2027-03-01T09:00:00Z", "status": "inactive"}, "ended", "Ended 3 hours ago, because it was not used in time."),
        ({"inactivity_deadline": "2027-03-01T09:00:00Z", "status": None}, "ended", "Ended 3 hours ago, because it was not used in time."),
        ({"last_used": "2027-01-30T11:59:59Z"}, "unused", "Last used 30 days ago."),
        ({"last_used": "2027-01-30T12:00:00Z"}, "fine", "Ends in 305 days."),
        ({"last_used": None}, "unused", "Never used since it was made 59 days ago."),
        ({"last_used": None, "created": "2027-02-28T11:59:59Z"}, "unused", "Never used since it was made 24 hours ago."),
        ({"last_used": None, "created": "2027-02-28T12:00:00Z"}, "fine", "Ends in 305 days."),
        # Half of its 72 hours have passed.
        ({"last_used": "2027-02-27T23:59:59Z", "inactivity_deadline": "2027-03-02T23:59:59Z"}, "unused", "Last used 36 hours ago. Ends in 35 hours unless it is used."),
        ({"last_used": "2027-02-28T00:00:00Z", "inactivity_deadline": "2027-03-03T00:00:00Z"}, "fine", "Ends in 305 days."),
        # Such a deadline has no effect.
        ({"last_used": "2027-02-01T00:00:00Z", "expires_at": "2027-04-01T00:00:00Z", "inactivity_deadline": "2027-04-02T00:00:00Z"}, "fine", "Ends in 30 days."),
        ({"expires_at": "2029-03-15T00:00:00+02:00"}, "fine", "Ends in 2 years."),
    )

    def test_each_state_and_its_sentence(self):
        for more, state, sentence in self.TABLE:
            with self.subTest(**more):
                row, = self.rows(key("a", **more))
                self.assertEqual((row["state"], row["sentence"]), (state, sentence))

    def test_the_limits_are_parameters(self):
        self.assertEqual(self.rows(key("a", expires_at="2027-03-31T12:00:00Z"), soon_days=29)[0]["state"], "fine")
        self.assertEqual(self.rows(key("a", last_used="2027-02-20T12:00:00Z"), unused_days=8)[0]["state"], "unused")
        report = computed.report([], NOW, soon_days=1, unused_days=8)
        self.assertEqual([state["who"] for state in report["states"][1:3]], ["within 1 day", "never, for 8 days, or nearly too long"])

    def test_an_old_key_of_a_rotation_needs_no_attention(self):
        old = key("a", expires_at="2027-03-05T00:00:00Z")
        new = key("a.rot-1-0123abcd", family="a", rotation=1)
        self.assertEqual([(row["name"], row["state"]) for row in self.rows(old, new)], [("a", "replaced"), ("a.rot-1-0123abcd", "fine")])
        self.assertEqual(self.rows(old, new)[0]["sentence"], "A newer key lives longer: a.rot-1-0123abcd.")
        for other in ({**new, "user": "ana"}, {**new, "family": "b"}, {**new, "expires_at": "2027-03-04T00:00:00Z"}, {**new, "status": "inactive"}):
            self.assertEqual({row["name"]: row["state"] for row in self.rows(old, other)}["a"], "soon", other)

    def test_what_needs_attention_comes_first(self):
        keys = [key("fine-late", expires_at="2027-12-01T00:00:00Z"), key("open", expires_at=None), key("fine-early", expires_at="2027-08-01T00:00:00Z"),
                key("idle", last_used="2027-01-20T00:00:00Z"), key("idle-longer", last_used="2027-01-10T00:00:00Z"), key("never", created="2027-01-05T00:00:00Z", last_used=None),
                key("soon-late", expires_at="2027-03-20T00:00:00Z"), key("soon-early", expires_at="2027-03-03T00:00:00Z"),
                key("ended-long-ago", expires_at="2027-02-01T00:00:00Z"), key("ended-just-now", expires_at="2027-03-01T00:00:00Z")]
        wanted = ["ended-just-now", "ended-long-ago", "soon-early", "soon-late", "never", "idle-longer", "idle", "fine-early", "fine-late", "open"]
        self.assertEqual([row["name"] for row in self.rows(*keys)], wanted)
        self.assertEqual([row["name"] for row in self.rows(*reversed(keys))], wanted)
        report = computed.report(keys, NOW)
        self.assertEqual((report["counts"], report["attention"]), ({"ended": 2, "soon": 2, "unused": 3, "replaced": 0, "fine": 3}, 7))

    def test_bars_are_where_their_times_are(self):
        report = computed.report([key("a"), key("open", expires_at=None), key("old", created="2020-01-01T00:00:00Z", expires_at="2040-01-01T00:00:00Z", last_used=None)], NOW)
        bars = {row["name"]: {name: float(value[:-1]) if isinstance(value, str) else value for name, value in row["bar"].items()} for row in report["rows"]}
        today = float(report["today"][:-1])
        self.assertAlmostEqual(bars["a"]["middle"], today, 1)
        self.assertAlmostEqual(bars["a"]["future"] / bars["a"]["past"], 305.5 / 59.5, 1)
        self.assertAlmostEqual(bars["a"]["used"], today, 1)
        self.assertEqual((bars["a"]["before"], bars["a"]["beyond"], bars["a"]["open"]), (False, False, False))
        self.assertEqual((bars["open"]["right"], bars["open"]["beyond"], bars["open"]["open"]), (100, True, True))
        self.assertEqual((bars["old"]["left"], bars["old"]["right"], bars["old"]["before"], bars["old"]["beyond"], bars["old"]["used"]), (0, 100, True, True, None))
        for bar in bars.values():
            self.assertAlmostEqual(bar["left"] + bar["past"] + bar["future"], bar["right"], 1)

    def test_the_marks_of_the_timeline_are_few_and_in_order(self):
        for days in (0, 1, 5, 20, 55, 70, 200, 365, 399, 5000):
            with self.subTest(days=days):
                end = computed.moment_of(computed.seconds_of(NOW, "now") + days * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
                report = computed.report([key("a", created=NOW, expires_at=end, last_used=None)], NOW)
                places = [float(tick["at"][:-1]) for tick in report["ticks"]]
                self.assertTrue(1 <= len(places) <= 10, places)
                self.assertEqual(places, sorted(set(places)))
                self.assertTrue(all(0 <= place <= 100 for place in [*places, float(report["today"][:-1])]))

    def test_wrong_arguments_are_told_in_a_sentence(self):
        for arguments, words in (
                (({}, NOW), "keys: they are no list; give one such as access_keys of infra_access_key_info"),
                ((["a"], NOW), "keys[0]: it is no dictionary; give a list such as access_keys of infra_access_key_info"),
                (([key("a"), {"name": "b"}], NOW), "keys[1]: it has no 'created'; give a list such as access_keys of infra_access_key_info"),
                (([key("a", last_used="yesterday")], NOW), "keys[0].last_used: 'yesterday' is no RFC 3339 time such as 2027-01-31T12:00:00Z"),
                (([key("a", created="2027-02-30T00:00:00Z")], NOW), "keys[0].created: '2027-02-30T00:00:00Z' is no RFC 3339 time such as 2027-01-31T12:00:00Z"),
                (([], "tomorrow"), "now: 'tomorrow' is no RFC 3339 time such as 2027-01-31T12:00:00Z"),
                (([], NOW, -1), "soon_days: '-1' is no number of days; give 0 or more"),
                (([], NOW, 1, "many"), "unused_days: 'many' is no number of days; give 0 or more")):
            with self.subTest(words):
                with self.assertRaises(ValueError) as why:
                    computed.report(*arguments)
                self.assertEqual(str(why.exception), words)


class RoleTest(ReportTest):
    KEYS = [key("fine"), key("open", expires_at=None), key("soon", expires_at="2027-03-11T12:00:00Z"), key("never", last_used=None),
            key("gone", expires_at="2027-02-19T12:00:00Z", status="expired")]

    def test_the_keys_of_a_server(self):
        _, user = self.new_user()
        owner = self.find_user(user)
        names = [f"{self.name}-{number}" for number in range(3)]
        for name, expiry in zip(names, ("9000h", "240h", "9000h")):
            self.created(owner, name, expiry=expiry, inactivity="9000h")
        page = self.made(key_report_now=None)
        found = dict(zip(page.cells("Name"), zip(page.cells("State"), page.cells("User"), page.cells("Last used"), page.cells("Ends"))))
        self.assertEqual([found[name][0] for name in names], ["Fine", "Ending soon", "Fine"])
        self.assertEqual(found[names[1]][1:3], (user, "never"))
        self.assertRegex(found[names[1]][3], r"^\d{4}-\d\d-\d\d \d\d:\d\d in (9|10) days$")

    def test_the_page_has_every_key_with_its_state_and_times(self):
        page = self.made(key_report_keys=self.KEYS, key_report_title="Keys of the lab")
        self.assertEqual(page.cells("Name"), ["gone", "soon", "never", "fine", "open"])
        self.assertEqual(page.cells("State"), ["Ended", "Ending soon", "Unused", "Fine", "Fine"])
        self.assertEqual(page.cells("Created")[0], "2027-01-01 00:00 59 days ago")
        self.assertEqual(page.cells("Last used")[2:4], ["never", "2027-03-01 11:59 1 minute ago"])
        self.assertEqual(page.cells("Ends")[:2] + page.cells("Ends")[4:], ["2027-02-19 12:00 10 days ago", "2027-03-11 12:00 in 10 days", "no expiry"])
        self.assertIn("Keys of the lab", page.text)
        self.assertIn("5 keys on 1 March 2027, 12:00 UTC. All times are in UTC.", page.text)
        words = " ".join(page.text.split())
        for said in ("1 Ended", "1 Ending soon", "1 Unused", "2 Fine", "Expired 10 days ago.", "Ends in 10 days.", "Never used since it was made 59 days ago."):
            self.assertIn(said, words)
        self.assertEqual(page.open, [], "elements that nobody closes")
        anchors = [link["href"][1:] for link in page.all("a")]
        self.assertEqual(anchors, ["key-1", "key-2", "key-3"])
        self.assertEqual([row["id"] for row in page.all("tr") if "id" in row], [f"key-{number}" for number in range(1, 6)])
        # Each bar: today's line, and its last use if there was one.
        self.assertEqual(len(page.all("use", href="#today")), 5)
        self.assertEqual(len(page.all("circle", **{"class": "used"})), 4 + 1, "with that of the legend")

    def test_of_many_the_first_six_are_above_the_table(self):
        page = self.made(key_report_keys=[key(f"k{day:02}", expires_at=f"2027-03-{day:02}T12:00:00Z") for day in range(10, 20)])
        self.assertEqual([link["href"] for link in page.all("a")], [f"#key-{number}" for number in range(1, 7)])
        self.assertIn("4 more in the table.", page.text)
        self.assertEqual(page.cells("Name"), [f"k{day}" for day in range(10, 20)])

    def test_an_open_end_has_an_arrow_and_no_cap(self):
        def bar_of(**more):
            self.made(key_report_keys=[key("a", **more)])
            return re.search(r"<svg class=\"bar .*?</td>", self.page.read_text(), re.DOTALL)[0]
        self.assertIn('class="beyond"', bar_of(expires_at=None))
        self.assertNotIn('class="cap"', bar_of(expires_at=None))
        self.assertNotIn('class="beyond"', bar_of())
        self.assertIn('class="cap"', bar_of())

    def test_names_are_texts_and_nothing_else(self):
        hostile = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style></table>", "a & b &lt; c", "{{ 1 + 1 }} {% raw %}"]
        keys = [key(name, user=name[::-1] + name, id=name, last_used=None) for name in hostile]
        page = self.made(key_report_keys=keys, key_report_title="<i>T</i>")
        self.assertEqual(sorted(page.cells("Name")), sorted(hostile))
        self.assertEqual(sorted(page.cells("User")), sorted(" ".join((name[::-1] + name).split()) for name in hostile))
        self.assertEqual((page.all("img"), page.all("i"), len(page.all("script")), len(page.all("style")), len(page.all("table"))), ([], [], 1, 1, 1))
        for name in hostile:
            self.assertEqual(len([row for row in page.all("tr") if row.get("data-words", "").startswith(name + " ")]), 1)

    def test_each_value_of_the_template_is_escaped(self):
        """Ansible's templates ignore autoescape, so one that is forgotten lets a name write the page."""
        text = (support.ROOT / "collection" / "roles" / "key_report" / "templates" / "key_report.html.j2").read_text()
        bare = {value.strip() for value in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL) if not value.endswith(" | e ")}
        self.assertEqual(bare, {"key_report_style", "key_report_script", "icon(state.name)", "icon(row.state)", "time(row.created)", "time(row.used)", "time(row.ends)"})

    def test_a_users_name_with_html_comes_through_from_the_server(self):
        user = f"\"<b>{secrets.token_hex(3)}&amp;</b>\"@example.com"
        made = self.call("POST", "/api/users", {"name": user}, status=201).json
        self.addCleanup(self.call, "DELETE", f"/api/users/{made['id']}")
        self.created(made["id"], self.name)
        page = self.made(key_report_now=None)
        self.assertEqual(dict(zip(page.cells("Name"), page.cells("User")))[self.name], user)
        self.assertEqual(page.all("b"), [])

    def test_nothing_is_loaded_and_only_its_own_script_may_run(self):
        page = self.made(key_report_keys=self.KEYS)
        for tag, attributes in page.elements:
            for name in ("src", "srcset", "action", "style"):
                self.assertNotIn(name, attributes, tag)
            self.assertRegex(attributes.get("href") or "#", "^(#|data:,$)")
            self.assertFalse([name for name in attributes if name.startswith("on")])
        self.assertNotRegex(page.source, r"@import|url\((?!#)|https?://")
        policy, = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        for tag in ("style", "script"):
            text, = re.findall(f"<{tag}>(.*?)</{tag}>", page.source, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            self.assertIn(f"{tag}-src 'sha256-{digest}'", policy)

    def test_no_key_is_said(self):
        page = self.made(key_report_keys=[])
        self.assertIn("No keys", page.text)
        self.assertEqual((page.all("table"), page.open), ([], []))

    def test_nothing_to_do_is_said(self):
        page = self.made(key_report_keys=[key("fine")])
        self.assertIn("Nothing does.", page.text)
        self.assertIn("1 key on", page.text)

    def test_a_second_run_changes_nothing_and_check_mode_writes_nothing(self):
        self.report("--check", key_report_keys=self.KEYS)
        self.assertFalse(self.page.exists())
        first = self.report(key_report_keys=self.KEYS)
        self.assertIn("changed=1 ", first.output)
        text = self.page.read_text()
        self.assertEqual(self.page.stat().st_mode & 0o777, 0o644)
        second = self.report(key_report_keys=list(reversed(self.KEYS)))
        self.assertIn("changed=0 ", second.output)
        self.assertEqual(self.page.read_text(), text)
        self.report(key_report_keys=self.KEYS, key_report_mode="0600", key_report_now=None)
        self.assertEqual(self.page.stat().st_mode & 0o777, 0o600)
        self.assertNotEqual(Page(self.page.read_text()).text, Page(text).text, "without key_report_now it is the time of the run")

    def test_wrong_input_is_told_in_a_sentence(self):
        for given, words in (
                ({"key_report_file": None}, "missing required arguments: key_report_file"),
                ({"key_report_soon_days": "a month"}, "argument 'key_report_soon_days' is of type"),
                ({"key_report_keys": "all"}, "'key_report_keys' is of type"),
                ({"key_report_keys": [{"name": "a"}]}, "keys[0]: it has no 'created'; give a list such as access_keys of infra_access_key_info"),
                ({"key_report_keys": [], "key_report_now": "today"}, "now: 'today' is no RFC 3339 time such as 2027-01-31T12:00:00Z"),
                ({"key_report_keys": [], "key_report_unused_days": -3}, "unused_days: '-3' is no number of days; give 0 or more")):
            with self.subTest(words):
                run = self.report(**given)
                self.assertNotEqual(run.code, 0)
                self.assertIn(words, run.output)
                self.assertFalse(self.page.exists())
