# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt): this file uses the interfaces of
# ansible-core, which is under that licence.
"""Runs the executable on the target: it is put there once, and gets the arguments on standard input.

One plugin for all modules of the collection; the others are links to it.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import contextlib
import json

from ansible import constants as C
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.infrastate.infra.plugins.plugin_utils import target
from ansible_collections.infrastate.infra.plugins.plugin_utils.plain import plain

display = Display()
COLLECTION = "infrastate.infra"
# Two plays with two versions take each other's executable away; how often one puts it back.
ATTEMPTS = 3


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        self._supports_check_mode = True
        self._supports_async = True
        super(ActionModule, self).run(tmp, task_vars)
        self._vars = task_vars or {}
        self._module = self._task.action.rpartition(".")[2]
        self._arguments = plain(self._task.args)
        with self._quiet_connection():
            why = self._no_standard_input()
            result = None if why else self._by_standard_input()
            if result is None:
                result = self._by_transfer(why or "this connection does not carry standard input")
        return self._shown(result)

    @contextlib.contextmanager
    def _quiet_connection(self):
        """At -vvv the connection ssh prints all that a command answers, unless the task has no_log."""
        context = self._connection._play_context
        before = context.no_log
        context.no_log = before or self._hides_secrets()
        try:
            yield
        finally:
            context.no_log = before

    # ------------------------------------------------------------ how

    def _variable(self, name, default=None):
        """A variable of the host that the task runs on, also under delegate_to."""
        of_host = self._vars.get("ansible_delegated_vars", {}).get(self._task.delegate_to, {}) if self._task.delegate_to else self._vars
        return self._templar.template(of_host.get(name, default))

    def _no_standard_input(self):
        """Why the arguments cannot come on standard input, as far as it is known before; None: they can."""
        become = self._connection.become
        if self._task.async_val:
            return "async"
        if not self._connection.has_pipelining:
            return "the connection %s does not carry standard input" % self._connection.transport
        if become and (become.name.rpartition(".")[2] == "su" or not getattr(become, "pipelining", True)):
            return "the become method %s does not carry standard input" % become.name
        if C.DEFAULT_KEEP_REMOTE_FILES:
            return "remote files are kept"
        return None

    def _ask(self, command, data=b""):
        if getattr(self._connection._shell, "SHELL_FAMILY", "sh") == "powershell":
            raise AnsibleActionFail("%s runs on Linux, and this target is a Windows host" % self._task.action)
        return target.Reply(self._low_level_execute_command(command, in_data=target.input_line() + data))

    # ------------------------------------------------------------ the arguments on standard input

    def _by_standard_input(self):
        """The result; None where the connection turns out not to carry standard input."""
        installed = self._variable("infrastate_executable")
        digests = target.digests()
        command = target.start_of(self._module, installed) if installed else target.start_kept(self._module, digests)
        given = dict(self._arguments)
        self._update_module_args(self._task.action, given, self._vars)
        environment = {}
        self._compute_environment_string(environment)
        try:
            lines = target.environment_lines(dict((str(name), str(value)) for name, value in environment.items()))
        except ValueError as error:
            raise AnsibleActionFail(str(error))
        data = lines + json.dumps(plain(given)).encode()
        for attempt in range(ATTEMPTS):
            reply = self._ask(command, data)
            if reply.word in (None, "no-input"):
                return None
            if reply.word == "missing":
                raise AnsibleActionFail("infrastate_executable: there is no executable %s on the target; install it there, or leave the variable out"
                                        % installed)
            if reply.word == "unknown":
                self._refuse_system(reply.detail, digests)
            if reply.word == "run":
                result = self._parsed(reply)
                if result is not None:
                    return result
            if not installed:
                self._put(reply.detail if reply.word == "absent" else None, digests)
        raise AnsibleActionFail("the executable %s cannot be started on the target (exit code %d): %s"
                                % (installed or "of the collection", reply.rc, reply.stderr.strip()[-300:]))

    def _parsed(self, reply):
        """None where the shell found no program to start: 126 and 127 are its codes."""
        try:
            result = json.loads(reply.output)
        except ValueError:
            if reply.rc in (126, 127) and not reply.output:
                return None
            raise AnsibleActionFail("%s ended without a result (exit code %d)%s" % (
                self._task.action, reply.rc, ": " + reply.stderr.strip()[-300:] if reply.stderr.strip() else ""))
        return wrap_var(result)

    def _put(self, cpu, digests):
        """Puts the executable for this processor into the first folder that takes it."""
        cpu = cpu or self._cpu(digests)
        with open(target.executable(cpu), "rb") as file:
            content = file.read()
        refused = []
        for place in target.PLACES:
            reply = self._ask(target.put(place, digests[cpu]), content)
            if reply.word == "stored":
                display.vvv("%s: the executable is in %s now" % (self._task.action, reply.detail))
                return
            refused.append(reply.detail or reply.stderr.strip()[-200:] or "no answer (exit code %d)" % reply.rc)
        raise AnsibleActionFail("the executable finds no place on the target: %s; install it and name it in infrastate_executable" % "; ".join(refused))

    def _refuse_system(self, system, digests):
        if not digests:
            raise AnsibleActionFail("this copy of the collection %s holds no executables; install the released one, or name one that is on the target "
                                    "in infrastate_executable" % COLLECTION)
        raise AnsibleActionFail("the target is \"%s\", and the collection has executables for Linux on %s; name one that runs there in "
                                "infrastate_executable" % (system or "a system without uname", " and ".join(sorted(digests))))

    # ------------------------------------------------------------ Ansible's ordinary way

    def _cpu(self, digests):
        done = self._low_level_execute_command("uname -sm")
        system = " ".join(done["stdout"].split()[-2:])
        cpu = target.SYSTEMS.get(system)
        if cpu not in digests:
            self._refuse_system(system, digests)
        return cpu

    def _by_transfer(self, why):
        display.vvv("%s: executable and arguments go to the target as files for this task: %s" % (self._task.action, why))
        module = "%s.%s_%s" % (COLLECTION, self._module, self._cpu(target.digests()))
        result = self._execute_module(module_name=module, module_args=dict(self._arguments), task_vars=self._vars, wrap_async=self._task.async_val)
        if result.get("ansible_job_id") and self._hides_secrets():
            # What is polled later is shown by Ansible itself.
            self._task.no_log = True
        return result

    def _update_module_args(self, module_name, module_args, *arguments, **options):
        """Messages name the module as the user wrote it."""
        super(ActionModule, self)._update_module_args(module_name, module_args, *arguments, **options)
        module_args["_ansible_module_name"] = self._task.action

    # ------------------------------------------------------------ what is shown

    def _hides_secrets(self):
        """Whether results of this module may hold secrets, and the user did not ask to see them."""
        return not self._module.endswith("_info") and not self._variable("infrastate_show_secrets", False)

    def _shown(self, result):
        """Ansible shows nothing of a result that holds a secret. What a person needs of it holds none, and is shown here."""
        if not result.get("secret") or not self._hides_secrets():
            return result
        result["_ansible_no_log"] = True
        if self._task.no_log:
            return result
        for warning in result.get("warnings", ()):
            display.warning(warning)
        if result.get("explanation"):
            display.v("%s: %s" % (self._task.action, result["explanation"]))
        if result.get("failed"):
            display.display("%s: %s" % (self._task.action, result.get("msg")), color=C.COLOR_ERROR, stderr=True)
        if self._task.diff and result.get("diff"):
            display.display(CallbackBase()._get_diff(result["diff"]), stderr=True)
        return result
