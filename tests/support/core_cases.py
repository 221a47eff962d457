# SPDX-License-Identifier: Apache-2.0
"""The core cases of an integration: the same arguments go through the executable and through a tool's resource, and
both must give the same reason, actions and changed, and the same sentence where they fail.

A tool may need seconds for a run, so that all cases take their steps together: a run of the tool has the first step
of every case, the next run the second."""

import dataclasses
import re
import time

OTHER_FILE = {"secret_file": "other.key"}
DRIFT = {"expires_in": "710h"}
NOW = {"rotate_if_created_before": "now", "overlap": "1h"}


@dataclasses.dataclass(frozen=True)
class Step:
    """`check`: a dry run. `fails`: the code of the failure."""
    arguments: dict = dataclasses.field(default_factory=dict)
    check: bool = False
    fails: str = ""


def both(**arguments):
    """A dry run, and the run that it announces."""
    return [Step(arguments, check=True), Step(arguments)]


CASES = {
    "create": [Step()],
    "no_change": [Step(), Step(), Step(check=True)],
    "drift": [Step(), Step(DRIFT), Step(DRIFT)],
    "dry_run_equal_to_the_run": [*both(), *both(**DRIFT), *both(state="absent")],
    "rotation_with_overlap": [Step({"overlap": "1h"}), Step(NOW), Step({"overlap": "1h"})],
    "absent": [Step(), Step({"state": "absent"}), Step({"state": "absent"})],
    "refused": [Step(), Step({**DRIFT, "recreate": "never"}, fails="REFUSED"), Step()],
    "unheld": [Step(), Step(OTHER_FILE, fails="REFUSED"), Step()],
}
STEPS = max(len(steps) for steps in CASES.values())


def arguments(step, name, folder, user):
    """What the resource gets in this step; its files are in a folder of its own."""
    given = {"name": name, "user": user, "expires_in": "700h", "secret_file": "connector.key", **step.arguments}
    given["secret_file"] = str(folder / given["secret_file"])
    return given


def plain(message, folder, user):
    """A sentence without what differs between two keys: ids, times, folder, user."""
    message = message.replace(str(folder), "FOLDER").replace(user, "USER")
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", re.sub(r"\bid \w+", "id ID", message))


def of_executable(result, folder, user):
    """The result in the form that run() of a tool gives."""
    if result.get("failed"):
        return {"failed": plain(result["msg"], folder, user), "changed": result["changed"]}
    return {"reason": result["reason"], "actions": result["actions"], "changed": result["changed"],
            "summary": result["summary"] and plain(result["summary"], folder, user)}


class CoreCases:
    """Tests for a class that is an ExecutableTest, too, and has `run_tool(steps)`: `steps` has for each case its
    arguments and whether it is a dry run, the result has for each case what of_executable() gives."""

    _results = None

    def results(self):
        """Both results of each step of each case, of one run for all tests."""
        if type(self)._results is None:
            type(self)._results = {case: [("it was not reached", "the run failed before")] for case in CASES}
            owners = {case: (self.new_user(), self.new_user()) for case in CASES}
            folders = {case: (self.folder / f"{case}-tool", self.folder / f"{case}-executable") for case in CASES}
            for pair in folders.values():
                for folder in pair:
                    folder.mkdir()
            found = {case: [] for case in CASES}
            for number in range(STEPS):
                # The server's time has whole seconds, and a key of this second is not older than "now".
                time.sleep(1.1)
                now = {case: steps[number] for case, steps in CASES.items() if number < len(steps)}
                told = self.run_tool({case: (arguments(step, f"core-{case}", folders[case][0], owners[case][0][1]), step.check)
                                      for case, step in now.items()})
                for case, step in now.items():
                    mine, other = (owners[case][side][1] for side in (0, 1))
                    if "failed" in told[case]:
                        told[case]["failed"] = plain(told[case]["failed"], folders[case][0], mine)
                    elif told[case]["summary"]:
                        told[case]["summary"] = plain(told[case]["summary"], folders[case][0], mine)
                    result = self.run_module(**arguments(step, f"core-{case}", folders[case][1], other), _ansible_check_mode=step.check)
                    self.assertEqual(result.get("error", {}).get("code", "") if result.get("failed") else "", step.fails, result)
                    found[case].append((told[case], of_executable(result, folders[case][1], other)))
            for side in (0, 1):
                self.assertEqual([len(self.rows(owners[case][side][0], expired=False)) for case in CASES],
                                 [1, 1, 1, 0, 2, 0, 1, 1], "live keys of each case")
            type(self)._results = found
        return type(self)._results

    def check(self, case):
        for number, (told, wanted) in enumerate(self.results()[case], 1):
            self.assertEqual(told, wanted, f"{case}, step {number}")

    def test_create(self):
        self.check("create")

    def test_no_change(self):
        self.check("no_change")
        self.assertEqual([told["changed"] for told, _ in self.results()["no_change"]], [True, False, False])

    def test_drift(self):
        self.check("drift")
        self.assertEqual(self.results()["drift"][1][0]["reason"], "drifted")

    def test_a_dry_run_is_equal_to_the_run(self):
        self.check("dry_run_equal_to_the_run")
        told = [told for told, _ in self.results()["dry_run_equal_to_the_run"]]
        self.assertEqual(told[::2], told[1::2])
        self.assertTrue(all(each["changed"] for each in told))

    def test_rotation_with_overlap(self):
        self.check("rotation_with_overlap")
        self.assertEqual(self.results()["rotation_with_overlap"][1][0]["actions"], ["create"])

    def test_absent(self):
        self.check("absent")

    def test_refused(self):
        self.check("refused")

    def test_unheld(self):
        self.check("unheld")
