# SPDX-License-Identifier: Apache-2.0
"""The flows in which the executable is killed: the state of the machine before, what the killed run is to do,
and what must be true in the end."""

from machines import holds


class Flow:
    live = 1            # live keys of the family once the runs have converged
    never_without = False  # whether a live key must open secret_file at all times

    def prepare(self, machine):
        """The arguments of the run that is killed."""
        raise NotImplementedError


class Create(Flow):
    def prepare(self, machine):
        return machine.arguments()


class Replace(Flow):
    def prepare(self, machine):
        machine.done(machine.arguments())
        machine.server.pause()
        return machine.arguments(inactivity_timeout="100h")


def rotated(machine, **more):
    return machine.arguments(keepers={"reason": "2"}, overlap=machine.server.overlap, **more)


class Rotate(Flow):
    live = 2
    never_without = True

    def prepare(self, machine):
        machine.done(machine.arguments(keepers={"reason": "1"}))
        machine.server.pause()
        return rotated(machine)


class Retire(Flow):
    never_without = True

    def prepare(self, machine):
        arguments = Rotate().prepare(machine)
        machine.done(arguments)
        machine.server.pause()
        holds(machine.server.use(machine.secret()) == 200, "the new secret does not work")
        machine.server.end_overlap()
        return arguments


class Remove(Flow):
    live = 0

    def prepare(self, machine):
        machine.done(Rotate().prepare(machine))
        machine.server.pause()
        return machine.arguments(state="absent")


def killed_before_handing_over(machine, arguments):
    """Leaves a new secret beside the file: the run ends just before it would put the secret in place."""
    at = lambda number, label: label.startswith("before rename") and ".infrastate.new" in label
    run = machine.traced(arguments, at)
    holds(run.killed and machine.leftover(), "no run was killed between the new secret and its hand-over")
    machine.server.pause()
    return arguments


class HandOver(Flow):
    def prepare(self, machine):
        return killed_before_handing_over(machine, machine.arguments())


class HandOverOfRotation(Flow):
    live = 2
    never_without = True

    def prepare(self, machine):
        return killed_before_handing_over(machine, Rotate().prepare(machine))


class Collect(Flow):
    """A key was made, and the run ended before it got the answer."""

    def prepare(self, machine):
        arguments = machine.arguments()
        answered = lambda number, label: label.startswith("after receive") and machine.family()
        run = machine.traced(arguments, answered)
        holds(run.killed and not machine.leftover() and len(machine.family()) == 1, "no key was lost")
        machine.server.pause()
        return arguments


class Store(Flow):
    """A key was made elsewhere, and the caller gives its secret."""

    def prepare(self, machine):
        key = machine.server.create(machine.user, machine.name)
        machine.server.pause()
        return machine.arguments(current_secret=key["accessKey"])


class Attributes(Flow):
    never_without = True

    def prepare(self, machine):
        machine.done(machine.arguments())
        return machine.arguments(mode="0400")


FLOWS = {flow.__name__: flow for flow in
         (Create, Replace, Rotate, Retire, Remove, HandOver, HandOverOfRotation, Collect, Store, Attributes)}

