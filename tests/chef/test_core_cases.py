# SPDX-License-Identifier: Apache-2.0
"""The core cases through the resource: the same reason, actions and changed as the executable."""

import core_cases
from support import ChefTest, properties


class ChefCoreCasesTest(core_cases.CoreCases, ChefTest):
    def run_tool(self, steps):
        """Why-run is of a whole run, so that a step is two of them."""
        told = {}
        for check, option in ((True, ["-W"]), (False, [])):
            keys = {case: properties({**self.connection(), **arguments}) for case, (arguments, dry) in steps.items() if dry == check}
            if keys:
                # Each failure is shown, and the next key is looked at.
                run = self.converged(keys, *option, ignore=True)
                told.update({case: self.told(run, case, check) for case in keys})
        return told

    def told(self, run, case, check):
        error, done = run.error(case), run.done(case)
        if error:
            self.assertEqual(done, [])
            return {"failed": error, "changed": False}
        plan = run.plan(case)
        self.assertEqual(len(done), plan["changed"], run.output)
        self.assertTrue(all(line.startswith("Would ") == check for line in done), done)
        return {**plan, "summary": done[0].removeprefix("Would ") if done else None}
