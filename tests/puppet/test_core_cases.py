# SPDX-License-Identifier: Apache-2.0
"""The core cases through the type: the same reason, actions and changed as the executable."""

import core_cases
from support import PuppetTest, declaration


class PuppetCoreCasesTest(core_cases.CoreCases, PuppetTest):
    def run_tool(self, steps):
        manifest = "".join(declaration(case, **self.connection(), **arguments, noop=True if check else None)
                           for case, (arguments, check) in steps.items())
        run = self.apply(manifest)
        # Puppet's words for it: 2 something was changed, 4 something failed.
        told = {case: self.told(run, case, check) for case, (_, check) in steps.items()}
        failed = any("failed" in each for each in told.values())
        changed = any(each["changed"] and not steps[case][1] for case, each in told.items())
        self.assertEqual(run.code, 4 * failed + 2 * changed, run.output)
        return told

    def told(self, run, case, check):
        event, error = run.event(case), run.error(case)
        if error:
            return {"failed": error, "changed": False}
        plan = run.plan(case)
        self.assertEqual(plan["changed"], event is not None, run.output)
        self.assertEqual((event or "").endswith(" (noop)"), check and plan["changed"], event)
        return {**plan, "summary": event and event.partition(": ")[0]}
