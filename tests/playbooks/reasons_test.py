# SPDX-License-Identifier: Apache-2.0
"""Each reason of a key with a secret file: it is reached, predicted by check mode, resolved by a run, and gone in
the next run."""

import datetime
import email.utils
import pathlib

import keeping
from keeping import words

CREATED = ["create"]
REPLACED = ["delete", "create"]
HOUR = 3600


class Case:
    """One reason. `before` makes the key, then `meanwhile` happens to it. Then the same task runs three times with
    `after`: in check mode, for real, again. `foretold`: what check mode says if it may not try a secret."""

    def __init__(self, reason, actions, before=None, after=None, meanwhile=None, foretold=None):
        self.reason, self.actions = reason, actions
        self.before = before
        self.after = after if after is not None else before or {}
        self.meanwhile = meanwhile
        self.foretold = foretold or {"changed": bool(actions), "reason": reason, "actions": actions}


def written(text):
    return lambda file: file.write_text(text)


# Two hours pass between the first run and the next.
CASES = {
    "absent": Case("absent", CREATED),
    "expired": Case("expired", REPLACED, {"expires_in": "1h"}),
    "inactive": Case("inactive", REPLACED, {"inactivity_timeout": "1h"}),
    "rejected": Case("secret_rejected", REPLACED, {}, meanwhile=written(keeping.WRONG),
                     foretold={"changed": False, "reason": "ok", "actions": []}),
    "trusted": Case("secret_rejected", REPLACED, {"verify_secret": "never"}, meanwhile=written(keeping.WRONG)),
    "missing": Case("secret_missing", REPLACED, {}, meanwhile=pathlib.Path.unlink),
    "empty": Case("secret_missing", REPLACED, {}, meanwhile=written("")),
    "shorter": Case("drifted", REPLACED, {}, {"inactivity_timeout": "24h"}),
    "longer": Case("drifted", REPLACED, {"expires_in": "4383h"}, {"expires_in": "8766h"}),
    "keepers": Case("rotation_due", REPLACED, {"keepers": {"generation": 1}}, {"keepers": {"generation": 2}}),
    "leaked": Case("rotation_due", REPLACED, {}, {"rotate_if_created_before": "{{ an_hour_ago }}"}),
    "expiring": Case("expiring", REPLACED, {"expires_in": "3h", "renew_before": "90m"}),
    "ok": Case("ok", [], {}),
}


class ReasonTest(keeping.KeepingCase):
    def folder(self, label):
        folder = self.scratch / label
        folder.mkdir(exist_ok=True)
        return folder / "app.key"

    def task(self, label, parameters, **keywords):
        module = self.arguments(name=f"{self.name}-{label}", secret_file=str(self.folder(label)), **parameters)
        return {"module": module, "diff": True, **keywords}

    def test_each_reason_is_reached_foretold_and_resolved(self):
        first = [label for label, case in CASES.items() if case.before is not None]
        made = dict(zip(first, self.play(*(self.task(label, CASES[label].before) for label in first))))
        for label, result in made.items():
            self.assertEqual(words(result), {"changed": True, "reason": "absent", "actions": CREATED}, label)
        self.pass_time(2 * HOUR)
        for label, case in CASES.items():
            if case.meanwhile:
                case.meanwhile(self.folder(label))
        an_hour_ago = self.now(-HOUR)
        tasks = []
        for label, case in CASES.items():
            after = {name: an_hour_ago if value == "{{ an_hour_ago }}" else value for name, value in case.after.items()}
            tasks += [self.task(label, after, check_mode=True), self.task(label, after), self.task(label, after)]
        results = iter(self.play(*tasks))
        for label, case in CASES.items():
            check, real, again = next(results), next(results), next(results)
            with self.subTest(label):
                self.assertEqual(words(real), {"changed": bool(case.actions), "reason": case.reason, "actions": case.actions}, real)
                self.assertEqual(words(check), case.foretold, check)
                if words(check) == words(real) and check["secret_state"] != "unverified":
                    self.assertEqual(check["diff"], real["diff"])
                elif words(check) == words(real):  # predicted correctly, but without the try that a run makes
                    same = [{side: text.replace(state, "?") for side, text in diff.items()}
                            for diff, state in ((check["diff"], "unverified"), (real["diff"], "rejected"))]
                    self.assertEqual(*same)
                else:
                    self.assertEqual(check["secret_state"], "unverified")
                    self.assertIn("the secret in secret_file is not tried in a dry run", check["warnings"])
                self.assertEqual(words(again), {"changed": False, "reason": "ok", "actions": []}, again)
                self.check_kept(again, self.folder(label))
                self.assertEqual(real["secret"], again["secret"])
                self.assertEqual(real["secret_changed"], bool(case.actions))
                self.assertEqual(real["previous_id"], made[label]["id"] if "delete" in case.actions else None)
                self.assertEqual([row["id"] for row in self.family(f"{self.name}-{label}", expired=True)], [again["id"]])
                self.assertEqual(self.beside(self.folder(label)), [".app.key.infrastate"])
                if case.actions and label in made:
                    self.assertEqual(self.status(made[label]["secret"]), 401)
                for secret in {check["secret"], real["secret"], made.get(label, real)["secret"]} - {None}:
                    self.assertNotIn(secret, self.output)
        # If everything is as described, it costs one request, and the secret is not tried.
        _, requests = self.requests_of(self.task("ok", {}), self.task("missing", {}))
        self.assertEqual([(method, path.partition("?")[0]) for method, path in requests], [("GET", "/api/access-keys")] * 2)

    def now(self, offset):
        """The server's time, `offset` seconds later."""
        date = email.utils.parsedate_to_datetime(self.server.request("GET", "/api/version").headers["date"])
        return (date + datetime.timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def test_a_policy_that_forbids_the_change_names_what_differs_and_what_would_allow_it(self):
        """`recreate: never` refuses everything except creation; `dead` also allows the renewal of dead keys."""
        cases = {label: CASES[label] for label in ("expired", "rejected", "missing", "shorter", "keepers", "expiring")}
        made = self.play(*(self.task(label, case.before) for label, case in cases.items()))
        self.pass_time(2 * HOUR)
        for label, case in cases.items():
            if case.meanwhile:
                case.meanwhile(self.folder(label))
        results = self.play(*(self.task(label, {**case.after, "recreate": "never"}) for label, case in cases.items()),
                            *(self.task(label, {**case.after, "recreate": "dead"}) for label, case in cases.items()))
        for policy, part in (("never", results[:len(cases)]), ("dead", results[len(cases):])):
            for (label, case), first, result in zip(cases.items(), made, part):
                with self.subTest(f"{policy}, {label}"):
                    self.assertEqual(result["reason"], case.reason, result)
                    if label == "expiring":
                        self.assertEqual((result["changed"], result.get("failed", False)), (False, False))
                        self.assertIn(f"recreate: {policy} leaves it as it is", " ".join(result["warnings"]))
                        continue
                    if (policy, label) == ("dead", "expired"):
                        self.assertEqual(words(result), {"changed": True, "reason": "expired", "actions": REPLACED})
                        continue
                    self.assertTrue(result["failed"], result)
                    self.assertFalse(result["changed"])
                    self.assertEqual((result["error"]["code"], result["error"]["detail"], result["error"]["field"]),
                                     ("REFUSED", case.reason, "recreate"))
                    for words_of_help in (first["id"], f"created {first['created'][:11]}"[:9], f"recreate: {policy} does not allow",
                                          "set recreate: dead" if label == "expired" else "set recreate: state_change"):
                        self.assertIn(words_of_help, result["msg"])
                    self.assertEqual(len(self.family(f"{self.name}-{label}", expired=True)), 1)
