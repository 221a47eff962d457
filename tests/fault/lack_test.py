# SPDX-License-Identifier: Apache-2.0
"""The system lacks something, or a disk reports at the last moment that it lost written data. Each call of the
executable that can fail so is made to fail so, one after the other (by strace). The message says what is
lacking, never "a defect in this software". A run that failed never says that it succeeded, and the next run
finds all it needs."""

import itertools
import json
import os
import resource
import shutil
import subprocess
import unittest

import whole_run

OF_A_DISK = ("EIO", "ENOSPC", "EDQUOT")  # quotas and network file systems report it when a file is synced or closed
OF_THE_SYSTEM = ("EMFILE", "ENFILE", "ENOMEM")


@unittest.skipIf(whole_run.sanitized(), "the leak checker cannot work under strace")
class LackTest(whole_run.WholeRunTest):
    def injected(self, arguments, call, error, when, path=None, **more):
        """One run in which that call failed with that error, and whether there was such a call."""
        trace = self.folder / "trace"
        only = ["-P", str(path)] if path else []
        run = self.run_module(arguments, wrapper=["strace", "-f", "-qq", "-o", str(trace), *only, "-e", f"trace={call}",
                                                  "-e", f"inject={call}:error={error}:when={when}"], **more)
        return run, "(INJECTED)" in trace.read_text(errors="replace")

    def says_what_lacks(self, run):
        """Checks a run that failed, or one that managed without what it did not get."""
        self.assertEqual(run.err, b"")
        if not run.result.get("failed"):
            return False
        self.assertNotEqual(run.result["error"]["code"], "INTERNAL", run.result)
        self.assertNotIn("defect", run.result["msg"])
        return True


class DiskTest(LackTest):
    def secret(self):
        return self.file.read_text() if self.file.exists() else None

    def own_keys(self):
        return [key for key in self.keys() if key["name"].startswith(self.name)]

    def opens(self, secret):
        return bool(secret) and self.status(secret) == 200

    def judge(self, run, before, live):
        if not self.says_what_lacks(run):
            self.assertTrue(self.opens(self.secret()), run.result)
            self.assertEqual(len(self.own_keys()), live)
            return
        after = {key["id"] for key in self.own_keys()}
        if after != before:
            self.assertTrue(run.result["changed"], run.result)
        self.assertIn(run.result["error"]["code"], ("FILE", "NO_MEMORY"), run.result)

    def play(self, flow, call, error, when, path):
        """False if the run makes no such call (any more)."""
        self.control("POST", "/reset")
        self.file = self.folder / "kept"
        for each in self.folder.glob(".kept*"):
            each.unlink()
        self.file.unlink(missing_ok=True)
        kept = self.arguments(secret_file=str(self.file), overlap="1h" if flow == "rotate" else None)
        if flow != "create":
            self.assertTrue(self.run_module(kept).result["changed"])
            kept["expires_in"] = "1000h"
        live = 2 if flow == "rotate" else 1
        before = {key["id"] for key in self.own_keys()}
        run, was = self.injected(kept, call, error, when, path)
        self.judge(run, before, live)
        for _ in range(2):  # the next runs repair it
            healed = self.run_module(kept).result
            self.assertNotIn("failed", healed, healed)
        self.assertFalse(healed["changed"], healed)
        self.assertTrue(self.opens(self.secret()))
        self.assertEqual(len(self.own_keys()), live, self.own_keys())
        return was

    def through(self, calls, paths, flows, errors):
        error, times = itertools.cycle(errors), 0
        for flow in flows:
            for call in calls:
                for name in paths:
                    for when in itertools.count(1):
                        path, value = self.folder / name if name else self.folder, next(error)
                        with self.subTest(flow=flow, call=call, path=name, when=when, error=value):
                            if not self.play(flow, call, value, when, path):
                                break
                        times += 1
        return times

    def test_a_file_that_turns_out_to_be_lost_when_it_is_synced_or_closed(self):
        files = (".kept.infrastate.tmp", ".kept.infrastate.intents.tmp", ".kept.infrastate.new")
        self.assertGreater(self.through(("fsync", "close", "write"), files, ("create", "replace", "rotate"), OF_A_DISK), 60)

    def test_a_folder_that_cannot_be_synced(self):
        self.assertGreater(self.through(("fsync",), ("",), ("create", "replace"), ("EIO",)), 8)

    def test_a_name_that_cannot_be_given_or_taken(self):
        names = (".kept.infrastate.tmp", ".kept.infrastate.intents.tmp", ".kept.infrastate.new")
        self.assertGreater(self.through(("rename",), names, ("create", "replace"), OF_A_DISK), 4)
        self.assertGreater(self.through(("unlink",), (".kept.infrastate.intents", ".kept.infrastate.tmp"), ("create",), ("EIO", "ENOMEM")), 2)

    def test_a_file_that_cannot_be_opened(self):
        files = (".kept.infrastate.tmp", ".kept.infrastate.intents.tmp", ".kept.infrastate.new", ".kept.infrastate", "kept", ".kept.infrastate.lock")
        self.assertGreater(self.through(("openat",), files, ("create", "rotate"), OF_THE_SYSTEM), 20)

    def test_a_lock_that_the_system_does_not_give(self):
        self.assertEqual(self.through(("flock",), (".kept.infrastate.lock",), ("create",), ("ENOLCK", "ENOMEM")), 2)


class SystemTest(LackTest):
    def lacks(self, call, error, arguments=None, whens=(1, "1+"), path=None, words=(), codes=("NO_MEMORY",), **more):
        """The run fails, says what is lacking, and that another try may succeed."""
        for when in whens:
            with self.subTest(call=call, error=error, when=when):
                run, was = self.injected(arguments or self.arguments(state="absent"), call, error, when, path, **more)
                self.assertTrue(was, f"the run makes no call {call} (any more)")
                if not self.says_what_lacks(run):
                    self.assertNotEqual(when, "1+", "it did without it")
                    continue
                found = run.result["error"]
                self.assertIn(found["code"], codes, run.result)
                if found["code"] == "NO_MEMORY":
                    self.assertEqual((found["detail"], found["retryable"]), ("no_resources", True), run.result)
                for word in words:
                    self.assertIn(word, run.result["msg"])
                self.assertEqual(run.result["changed"], False)

    def test_no_socket(self):
        for error, words in (("EMFILE", ("open files", "limit")), ("ENFILE", ("open files",)), ("ENOMEM", ("memory",)), ("ENOBUFS", ("buffer",))):
            self.lacks("socket", error, words=words)
            self.lacks("socket", error, self.arguments(state="absent", proxy="http://127.0.0.1:1"), whens=("1+",), words=words)
        for error in ("ENOMEM", "ENOBUFS"):
            self.lacks("connect", error)

    def test_no_socket_for_a_name_server(self):
        for error in ("EMFILE", "ENFILE", "ENOMEM", "ENOBUFS"):
            self.lacks("socket", error, self.arguments(state="absent", host="https://infra.invalid", timeout="3s"), whens=("1+",))

    def test_no_descriptor_to_be_cancelled_by(self):
        for error in OF_THE_SYSTEM:
            self.lacks("eventfd2", error)

    def test_no_wait(self):
        """More descriptors than the limit allows to wait for, or no memory for them: the run does not wait at all."""
        for error in ("ENOMEM", "EINVAL"):
            self.lacks("ppoll", error, self.arguments(state="absent", timeout="20s"), seconds=10)

    def test_no_authorities_can_be_read(self):
        for error in OF_THE_SYSTEM:
            self.lacks("openat", error, path=self.ca_file, codes=("NO_MEMORY", "FILE"))

    def test_no_authorities_of_the_system_can_be_read(self):
        """Files that OpenSSL itself opens: the error must not be that the server's authority is unknown."""
        path, seen = self.write("arguments.json", json.dumps(self.arguments(state="absent", server_certificate_file=None))), set()
        for limit in range(3, 12):
            done = subprocess.run([str(whole_run.MODULE), path], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                                  env=self.environment(SSL_CERT_FILE=self.ca_file),
                                  preexec_fn=lambda most=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
            if b"shared libraries" in done.stderr:
                continue
            result = json.loads(done.stdout)
            if result.get("failed"):
                self.assertEqual((result["error"]["code"], result["error"]["detail"]), ("NO_MEMORY", "no_resources"), (limit, result))
                seen.add(result["msg"].partition(" (E")[0])
        self.assertTrue(any("certificate authorities" in each for each in seen), seen)
        self.assertFalse(result.get("failed"), result)

    def test_no_arguments_can_be_read(self):
        for error in OF_THE_SYSTEM:
            self.lacks("openat", error, path=self.folder / "arguments.json", codes=("NO_MEMORY",))

    def test_no_chance(self):
        given = self.arguments(secret_file=str(self.folder / "kept"), overlap="1h")
        for error in ("ENOSYS", "EAGAIN", "EPERM"):
            run, was = self.injected(given, "getrandom", error, "1+")
            self.assertTrue(was)
            self.says_what_lacks(run)
            self.run_module({**given, "state": "absent", "overlap": None})

    def test_no_memory_of_the_kernel_on_a_connection(self):
        for call in ("recvfrom", "sendto"):
            for error in ("ENOMEM", "ENOBUFS"):
                for when in range(1, 30):
                    run, was = self.injected(self.arguments(state="absent", retries=0), call, error, when)
                    if not was:
                        break
                    with self.subTest(call=call, error=error, when=when):
                        # Also if the loader of programs got the error, and reports it itself.
                        if run.result is not None:
                            self.says_what_lacks(run)


class OutputTest(LackTest):
    """Standard output is a file on a disk that loses it when it is synced or closed."""

    def delivered(self, call, error, arguments):
        output, trace = self.folder / "output", self.folder / "trace"
        path = self.write("arguments.json", json.dumps(arguments))
        with open(output, "wb") as stdout:
            done = subprocess.run(["strace", "-f", "-qq", "-o", str(trace), "-P", str(output), "-e", f"trace={call}",
                                   "-e", f"inject={call}:error={error}", str(whole_run.MODULE), path],
                                  stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, env=self.environment(), timeout=60, check=False)
        self.assertIn("(INJECTED)", trace.read_text(errors="replace"))
        return done.returncode, done.stderr.decode()

    def own_keys(self):
        return [key for key in self.keys() if key["name"].startswith(self.name)]

    def test_a_result_that_is_lost_when_it_is_synced_or_closed(self):
        for call in ("fsync", "close"):
            for error in OF_A_DISK:
                with self.subTest(call=call, error=error):
                    self.control("POST", "/reset")
                    code, said = self.delivered(call, error, self.arguments())
                    self.assertEqual((code, self.own_keys()), (1, []), said)
                    self.assertRegex(said, "the new access key [A-Za-z0-9]+ was deleted again")
                    # With a file nothing is lost, but it is no success either.
                    kept = self.folder / "kept"
                    kept.unlink(missing_ok=True)
                    for each in self.folder.glob(".kept*"):
                        each.unlink()
                    code, said = self.delivered(call, error, self.arguments(secret_file=str(kept)))
                    self.assertEqual((code, len(self.own_keys())), (1, 1), said)
                    self.assertIn("could not be written to standard output", said)
                    self.assertTrue(kept.read_text())


if shutil.which("strace") is None and os.environ.get("CI") != "true":
    del DiskTest, SystemTest, OutputTest, LackTest

if __name__ == "__main__":
    unittest.main()
