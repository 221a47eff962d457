# SPDX-License-Identifier: Apache-2.0
"""Targets over a real SSH connection: this machine, and a folder that holds a shell and nothing else."""

import getpass
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

import support

SERVER = "/usr/sbin/sshd"


class SshTest(support.PlayTest):
    def setUp(self):
        super().setUp()
        if not os.access(SERVER, os.X_OK):
            self.missing("there is no sshd")
        if os.geteuid() != 0:
            self.missing("an sshd that shuts users into a folder needs root")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True)
        shutil.copyfile(self.folder / "user.pub", self.folder / "authorized")
        self.folder.chmod(0o755)

    def serve(self, *more):
        config = self.folder / "sshd_config"
        config.write_text("\n".join((f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.folder}/host", f"AuthorizedKeysFile {self.folder}/authorized",
                                     "StrictModes no", "UsePAM no", "PermitRootLogin yes", f"PidFile {self.folder}/pid", "Subsystem sftp internal-sftp", *more)) + "\n")
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        process = subprocess.Popen([SERVER, "-D", "-e", "-f", config], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.folder / "sshd.log", "w"))
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                break
            except OSError:
                self.assertIsNone(process.poll(), (self.folder / "sshd.log").read_text())
                time.sleep(0.1)
        self.inventory = {"target": {
            "ansible_host": "127.0.0.1", "ansible_port": self.port, "ansible_user": getpass.getuser(), "ansible_ssh_private_key_file": str(self.folder / "user"),
            "ansible_ssh_common_args": f"-o UserKnownHostsFile={self.folder}/known -o ControlPath={self.folder}/c -o ControlPersist=5s"}}

    def login_home(self):
        return pathlib.Path(pwd.getpwuid(os.geteuid()).pw_dir)

    def test_this_machine_over_ssh(self):
        self.serve(f"SetEnv HOME={self.home}")
        run = self.play(self.key(), self.key(), self.key(keywords={"check_mode": True}, inactivity_timeout="80h"), self.key(state="absent"),
                        arguments=["-vvv", "--diff"])
        self.assertEqual([result.get("changed") for result in run.results], [True, False, True, True], run.output)

    def target_root(self):
        """A folder with a shell of one file, the authority's certificate, and no library and no Python."""
        if shutil.which("busybox") is None:
            self.missing("there is no busybox")
        # Each folder up to / must be root's alone, or sshd shuts nobody into it.
        root = pathlib.Path(tempfile.mkdtemp(dir="/var/lib", prefix="infrastate-test."))
        self.addCleanup(shutil.rmtree, root)
        root.chmod(0o755)
        for name in ("bin", "etc", "srv", "tmp", "var/tmp", "root", "dev"):
            (root / name).mkdir(parents=True)
        for name in ("tmp", "var/tmp"):
            (root / name).chmod(0o1777)
        subprocess.run(["mknod", "-m", "666", root / "dev/null", "c", "1", "3"], check=True)
        shutil.copy(shutil.which("busybox"), root / "bin/busybox")
        needed = subprocess.run(["readelf", "-d", root / "bin/busybox"], capture_output=True, text=True, check=True).stdout
        if "NEEDED" in needed:
            self.missing("busybox is not static")
        applets = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
        for applet in applets:
            if applet not in ("busybox", "bash"):
                (root / "bin" / applet).symlink_to("busybox")
        # The login shell of this machine's root.
        shell = root / pwd.getpwuid(os.geteuid()).pw_shell.lstrip("/")
        shell.parent.mkdir(parents=True, exist_ok=True)
        if not shell.exists():
            shell.write_text('#!/bin/busybox sh\nexec /bin/busybox sh "$@"\n')
            shell.chmod(0o755)
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        return root

    def test_a_target_without_python_and_without_libraries(self):
        if subprocess.run(["readelf", "-d", support.EXECUTABLE], capture_output=True, text=True, check=True).stdout.count("NEEDED"):
            self.skipTest("the executable is not the portable one: --dist names a release")
        root = self.target_root()
        self.serve(f"ChrootDirectory {root}", "SetEnv PATH=/bin")
        run = self.play(self.key(secret_file="/srv/key"), self.key(secret_file="/srv/key"), self.task(support.INFO, secret_file="/srv/key"),
                        self.key(secret_file="/srv/key", state="absent"), arguments=["-vvv"])
        self.assertEqual([result.get("changed") for result in run.results], [True, False, False, True], run.output[-5000:])
        self.assertEqual(len(run[2]["access_keys"]), 1)
        self.assertEqual(len(list((root / "root" / ".ansible/infrastate").iterdir())), 1)

    def test_a_target_with_a_shell_alone_takes_this_machines_executable_for_what_it_is(self):
        """Where the executable does not run, the reason is told, and nothing is left."""
        root = self.target_root()
        self.serve(f"ChrootDirectory {root}", "SetEnv PATH=/bin")
        wrong = self.folder / "wrong"
        wrong.write_bytes(b"\x7fELF" + b"\0" * 100)
        elsewhere = support.install(self.folder / "wrong-collection", {"x86_64": wrong})
        run = self.play(self.key(secret_file="/srv/key"), **support.at(elsewhere))
        self.assertIn("the executable finds no place on the target: ", run[0]["msg"])
        self.assertEqual([path for path in root.rglob("infra_access_key")], [])
