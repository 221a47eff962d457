# SPDX-License-Identifier: Apache-2.0
"""What the commands do on targets of many kinds, by the shells that targets have. No Ansible, no server."""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import stat
import subprocess
import threading
import time

import black_box
import support


def load():
    path = support.ROOT / "collection" / "plugins" / "plugin_utils" / "target.py"
    spec = importlib.util.spec_from_file_location("target", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


target = load()
SHELLS = {"dash": ["/bin/dash"], "bash": ["/bin/bash", "--posix"], "busybox": ["busybox", "sh"]}
# Says what it was called with, and can be told apart from a wrong one.
PROGRAM = b"#!/bin/sh\n[ \"$1\" != --version ] || exit 0\necho \"{\\\"args\\\": \\\"$*\\\", \\\"shown\\\": \\\"$SHOWN\\\", \\\"read\\\": \\\"$(cat)\\\"}\"\n"
DIGEST = hashlib.sha256(PROGRAM).hexdigest()
DIGESTS = {"x86_64": DIGEST, "aarch64": DIGEST}


class TargetTest(black_box.FolderTest):
    shell = "dash"

    def setUp(self):
        super().setUp()
        self.home = self.folder / "home"
        self.home.mkdir(mode=0o700)
        self.base = self.home / ".ansible" / "infrastate"
        self.program = self.base / DIGEST / "infra_access_key"

    def command(self, command, data=b"", first=None, **environment):
        shell = SHELLS[self.shell]
        if shutil.which(shell[0]) is None:
            self.missing(f"there is no {shell[0]}")
        done = subprocess.run([shutil.which(shell[0]), *shell[1:], "-c", command], input=(target.input_line() if first is None else first) + data, capture_output=True, timeout=60, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.home), **environment})
        return target.Reply({"rc": done.returncode, "stdout": done.stdout.decode(), "stderr": done.stderr.decode()})

    def fake(self, name, body):
        folder = self.folder / "fake"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
        return f"{folder}:{os.environ['PATH']}"

    def put(self, place=0, data=PROGRAM, digest=DIGEST, **environment):
        return self.command(target.put(target.PLACES[place], digest), data, **environment)

    def start(self, data=b"{}", variables=None, digests=None, **environment):
        return self.command(target.start_kept("infra_access_key", digests or DIGESTS), target.environment_lines(variables or {}) + data, **environment)


class EachShellTest(TargetTest):
    """Everything here is run once for each shell."""

    def each(self):
        for self.shell in SHELLS:
            with self.subTest(shell=self.shell):
                shutil.rmtree(self.home)
                self.home.mkdir(mode=0o700)
                yield

    def test_it_is_absent_then_put_then_run(self):
        for _ in self.each():
            reply = self.start()
            self.assertEqual((reply.word, reply.detail), ("absent", os.uname().machine))
            reply = self.put()
            self.assertEqual((reply.word, reply.detail), ("stored", str(self.program)), reply.stderr)
            self.assertEqual(stat.S_IMODE(self.program.stat().st_mode), 0o700)
            reply = self.start(b"the arguments")
            self.assertEqual((reply.word, reply.output), ("run", '{"args": "--module infra_access_key", "shown": "", "read": "the arguments"}'))

    def test_variables_arrive_as_they_are(self):
        for _ in self.each():
            self.put()
            for value in ("plain", "", " a  b ", "two\nlines\n", "back\\slash \\n \\0041", "%s %d", "$(id) `id` $HOME", "'\"", "ü€", "-n", "-e x"):
                with self.subTest(value=value):
                    (self.home / "seen").unlink(missing_ok=True)
                    program = b"#!/bin/sh\n[ \"$1\" != --version ] || exit 0\nprintf %s \"$SHOWN\" >\"$HOME/seen\"\n"
                    digest = hashlib.sha256(program).hexdigest()
                    self.put(data=program, digest=digest)
                    self.start(variables={"SHOWN": value}, digests={"x86_64": digest, "aarch64": digest})
                    self.assertEqual((self.home / "seen").read_text(), value)

    def test_a_damaged_or_foreign_one_is_put_anew(self):
        for _ in self.each():
            def damage():
                self.program.write_bytes(PROGRAM + b"#")

            def damage_in_place():
                """With the size and the time of modification that it had."""
                before = self.program.stat()
                self.program.write_bytes(PROGRAM.replace(b"echo", b"fail"))
                os.utime(self.program, ns=(before.st_atime_ns, before.st_mtime_ns))

            def wrong_word_of_trust():
                self.program.write_bytes(PROGRAM + b"#")
                (self.program.parent / "verified").write_text("1 2 3\n")

            def trust_that_is_a_link():
                damage()
                (self.program.parent / "verified").unlink()
                (self.program.parent / "verified").symlink_to("/dev/zero")

            def link():
                elsewhere = self.home / "elsewhere"
                elsewhere.write_bytes(PROGRAM)
                elsewhere.chmod(0o700)
                self.program.unlink()
                self.program.symlink_to(elsewhere)

            def folder():
                self.program.unlink()
                self.program.mkdir()
                (self.program / "x").write_text("")

            def open_to_all():
                self.program.parent.chmod(0o777)

            def folder_is_a_link():
                shutil.move(self.program.parent, self.home / "moved")
                self.program.parent.symlink_to(self.home / "moved")

            for change in (damage, damage_in_place, wrong_word_of_trust, trust_that_is_a_link, link, folder, open_to_all, folder_is_a_link):
                with self.subTest(change=change.__name__):
                    self.assertEqual(self.put().word, "stored")
                    change()
                    self.assertEqual(self.start().word, "absent")
                    self.assertEqual(self.put().word, "stored")
                    self.assertEqual(self.start().word, "run")

    def test_the_digest_is_computed_anew_only_where_the_file_has_changed(self):
        """A program for digests that fails shows whether it was asked. A shell with its own is left out."""
        for self.shell in ("dash", "bash"):
            shutil.rmtree(self.home)
            self.home.mkdir(mode=0o700)
            self.put()
            path = self.fake("sha256sum", "exit 1")
            for name in ("busybox", "openssl", "shasum"):
                self.fake(name, "exit 127")
            self.assertEqual(self.start(PATH=path).word, "run")
            os.utime(self.program, (0, 0))
            self.assertEqual(self.start(PATH=path).word, "absent")
            self.assertEqual(self.start().word, "run")
            self.assertEqual(self.start(PATH=path).word, "run")

    def test_another_version_stays_for_a_day(self):
        """Another controller may have put it just now, and may be using it."""
        for _ in self.each():
            other = b"#!/bin/sh\nexit 0\n"
            digest = hashlib.sha256(other).hexdigest()
            self.put(data=other, digest=digest)
            self.put()
            self.assertEqual({path.name for path in self.base.iterdir()}, {DIGEST, digest})
            day_before_yesterday = time.time() - 2 * 86400
            os.utime(self.base / digest, (day_before_yesterday, day_before_yesterday))
            self.put()
            self.assertEqual([path.name for path in self.base.iterdir()], [DIGEST])

    def test_what_arrives_in_part_is_not_kept(self):
        for _ in self.each():
            reply = self.put(data=PROGRAM[:-5])
            self.assertEqual(reply.word, "refused")
            self.assertIn("did not arrive whole", reply.detail)
            self.assertEqual(list(self.base.iterdir()), [])

    def test_an_installed_one_is_named(self):
        for _ in self.each():
            program = self.home / "it's here"
            program.write_bytes(PROGRAM)
            reply = self.command(target.start_of("infra_access_key_info", str(program)), b"\n")
            self.assertEqual(reply.word, "missing", "not executable")
            program.chmod(0o755)
            reply = self.command(target.start_of("infra_access_key_info", str(program)), b"\nx")
            self.assertEqual(reply.word, "run", reply.stderr)
            self.assertIn("--module infra_access_key_info", reply.output)

    def test_nothing_runs_without_standard_input(self):
        for _ in self.each():
            self.put()
            for first in (b"", b"\n", b"password\n"):
                reply = self.command(target.start_kept("infra_access_key", DIGESTS), first=first)
                self.assertEqual((reply.word, reply.output), ("no-input", ""))

    def test_text_of_a_login_before_it_does_no_harm(self):
        for _ in self.each():
            self.put()
            reply = self.command("echo Welcome; echo '{}'\n" + target.start_kept("infra_access_key", DIGESTS), b"\n")
            self.assertEqual(reply.word, "run")
            self.assertTrue(reply.output.startswith('{"args"'))


class PlacesTest(TargetTest):
    def test_another_system_or_processor_is_named(self):
        for said in ("Darwin arm64", "Linux armv7l", "FreeBSD amd64", "Linux riscv64"):
            path = self.fake("uname", f"echo '{said}'")
            reply = self.start(PATH=path)
            self.assertEqual((reply.word, reply.detail), ("unknown", said))

    def test_each_name_of_a_processor_is_known(self):
        for said, cpu in target.SYSTEMS.items():
            reply = self.start(PATH=self.fake("uname", f"echo '{said}'"))
            self.assertEqual((reply.word, reply.detail), ("absent", cpu))

    def test_without_any_program_for_digests_nothing_is_trusted(self):
        self.put()
        (self.program.parent / "verified").unlink()
        path = self.fake("sha256sum", "exit 1")
        for name in ("busybox", "openssl", "shasum"):
            self.fake(name, "exit 127")
        self.assertEqual(self.start(PATH=path).word, "absent")
        self.assertIn("no program computes a SHA-256 digest", self.put(PATH=path).detail)

    def test_a_home_that_is_missing_or_of_another_is_passed_over(self):
        for home in ("", "/nonexistent", "/proc/self"):
            reply = self.put(HOME=home)
            self.assertEqual(reply.word, "refused")

    def test_a_home_without_rights_is_passed_over(self):
        if os.geteuid() != 0:
            self.missing("a home of another user needs root")
        os.chown(self.home, 65534, 65534)
        reply = self.put()
        self.assertIn("the home is not the own one of this user", reply.detail)

    def test_a_folder_that_somebody_else_may_have_made_is_not_used(self):
        if os.geteuid() != 0:
            self.missing("a folder of another user needs root")
        self.put()
        for path in (self.base, self.program.parent, self.base.parent):
            with self.subTest(path=path):
                os.chown(path, 65534, 65534)
                self.assertEqual(self.start().word, "absent")
                os.chown(path, 0, 0)
        self.assertEqual(self.start().word, "run")

    def shared(self):
        """The second and third place are of this user in folders for everybody: here below one of this test's own."""
        folder = self.folder / "shared"
        folder.mkdir()
        folder.chmod(0o1777)
        place = f'"{folder}/.infrastate-$(id -u)"'
        return folder, place

    def test_a_shared_folder_counts_with_its_sticky_bit_only(self):
        folder, place = self.shared()
        self.assertEqual(self.command(target.put(place, DIGEST), PROGRAM).word, "stored")
        folder.chmod(0o777)
        self.assertIn("no folder of this user", self.command(target.put(place, DIGEST), PROGRAM).detail)

    def test_where_nothing_can_be_executed_the_next_place_is_taken(self):
        if os.geteuid() != 0:
            self.missing("a mount needs root")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec,mode=0700", "none", self.home], check=False).returncode != 0:
            self.missing("nothing can be mounted here")
        try:
            reply = self.put()
            self.assertEqual(reply.word, "refused")
            self.assertIn("mounted noexec", reply.detail)
            self.assertEqual(list(self.base.iterdir()), [])
        finally:
            subprocess.run(["umount", self.home], check=True)

    def test_a_full_disk_is_told(self):
        if os.geteuid() != 0:
            self.missing("a mount needs root")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=0700", "none", self.home], check=False).returncode != 0:
            self.missing("nothing can be mounted here")
        try:
            reply = self.put(data=PROGRAM + b"#" * 100000)
            self.assertEqual(reply.word, "refused")
            self.assertIn("is full", reply.detail)
            self.assertEqual(list(self.base.iterdir()), [])
        finally:
            subprocess.run(["umount", self.home], check=True)

    def test_many_at_once_put_and_run_it(self):
        wrong = []

        def play():
            for _ in range(5):
                reply = self.put()
                if reply.word != "stored":
                    wrong.append(("put", reply.detail, reply.stderr))
                reply = self.start()
                if reply.word != "run" or '"read"' not in reply.output:
                    wrong.append(("start", reply.word, reply.stderr))

        threads = [threading.Thread(target=play) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        self.assertEqual({path.name for path in self.program.parent.iterdir()}, {"infra_access_key", "verified"})
        self.assertEqual([path.name for path in self.base.iterdir()], [DIGEST])

    def test_two_versions_at_once_do_not_drive_each_other_away(self):
        """Each finds an old folder of the other, which its clean-up removes."""
        other = PROGRAM + b"# another version\n"
        versions = {DIGEST: PROGRAM, hashlib.sha256(other).hexdigest(): other}
        wrong = []

        def play(digest, data):
            for _ in range(15):
                reply = self.put(data=data, digest=digest)
                if reply.word != "stored":
                    wrong.append((digest, reply.detail, reply.stderr))

        def age():
            while any(thread.is_alive() for thread in threads[:-1]):
                for digest in versions:
                    try:
                        os.utime(self.base / digest, (0, 0))
                    except OSError:
                        pass

        threads = [threading.Thread(target=play, args=version) for version in versions.items() for _ in range(2)] + [threading.Thread(target=age)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_one_that_is_aborted_leaves_nothing_that_is_used(self):
        process = subprocess.Popen(["/bin/dash", "-c", target.put(target.PLACES[0], DIGEST)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env={"PATH": os.environ["PATH"], "HOME": str(self.home)})
        process.stdin.write(target.input_line() + PROGRAM[:20])
        process.stdin.flush()
        process.stdout.readline()
        while not list(self.base.glob(".new.*")):
            pass
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        left, = self.base.glob(".new.*")
        self.assertEqual(self.start().word, "absent")
        os.utime(left, (0, 0))
        self.assertEqual(self.put().word, "stored")
        self.assertEqual([path.name for path in self.base.iterdir()], [DIGEST])

    def test_the_names_of_variables_are_checked(self):
        for name in ("A B", "1A", "", "A=B", "A\nB", "A;id"):
            with self.assertRaises(ValueError):
                target.environment_lines({name: "x"})


assert pathlib.Path(target.FILES).name == "files"
