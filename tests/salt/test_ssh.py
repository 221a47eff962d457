# SPDX-License-Identifier: Apache-2.0
"""The wrapper under real Salt SSH, with a server of OpenSSH for this test. The functions run on this side: the target gets
neither the administrator's key nor the secret."""

import json
import os
import pathlib
import socket
import subprocess
import time

import minion

SSHD = "/usr/sbin/sshd"


class SshTest(minion.MinionTest):
    def setUp(self):
        super().setUp()
        if not pathlib.Path(SSHD).is_file():
            self.missing("the OpenSSH server is not installed (apt-get install openssh-server)")
        self.ssh = self.folder / "ssh"
        self.ssh.mkdir()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.ssh / name)], check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.ssh / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.ssh / 'host'}\nAuthorizedKeysFile {self.ssh / 'user.pub'}\n"
            # The target has no more than the system's own programs: Salt SSH fails where python3 is a shell script, as that of pyenv.
            'ForceCommand exec env -i HOME="$HOME" USER="$USER" PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -c "$SSH_ORIGINAL_COMMAND"\n'
            "Subsystem sftp /usr/lib/openssh/sftp-server\n"
            f"StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nAllowUsers {minion.me()}\n")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(self.ssh / "config")], stderr=open(self.ssh / "log", "w", encoding="utf-8"))
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        (self.etc / "roster").write_text(json.dumps({"target": {
            "host": "127.0.0.1", "port": self.port, "user": minion.me(), "priv": str(self.ssh / "user"), "thin_dir": str(self.folder / "thin"),
            "ssh_options": ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"]}}))
        (self.etc / "master").write_text(json.dumps({
            "root_dir": str(self.folder / "root"), "file_roots": {"base": [str(self.files)]}, "pillar_roots": {"base": [str(self.pillar)]},
            "log_file": "/ssh.log", "log_level_logfile": "all", "module_dirs": [str(minion.HERE / "drivers")]}))
        (self.pillar / "data.sls").write_text(json.dumps({"infra": self.profile(), "kept": self.sdb()}))

    def sdb(self):
        box = self.folder / "box.json"
        self.keepers.add(box)
        return {"driver": "box", "file": str(box)}

    def salt_ssh(self, *words):
        done = subprocess.run([str(minion.SALT.ssh), "-c", str(self.etc), "--roster-file", str(self.etc / "roster"),
                               "--out=json", "--static", "-l", "all", "target", *words], capture_output=True, text=True, timeout=minion.PATIENCE,
                              check=False, env=minion.environment(HOME=str(self.folder)), stdin=subprocess.DEVNULL)
        self.said += [done.stdout, done.stderr]
        return done.stdout, done.stderr

    def test_a_key_whose_secret_stays_on_this_side(self):
        out, log = self.salt_ssh("infra.present", "app", f"user={self.user}", "current_secret=sdb://kept/app", "current_secret_missing=replace")
        made = json.loads(out)["target"]
        self.assertIn("actions", made)
        self.assertEqual((made["actions"], self.live()), (["create"], ["app"]), log[-3000:])
        out, _ = self.salt_ssh("infra.info", f"user={self.user}")
        self.assertEqual([key["name"] for key in json.loads(out)["target"]["access_keys"]], ["app"])
        out, log = self.salt_ssh("infra.present", "app", f"user={self.user}", f"secret_file={self.key_file}")
        self.assertIn("secret_file: under Salt SSH this function runs on the machine of salt-ssh", out + log)
        self.assertFalse(self.key_file.exists())
        # The target does not have the library.
        self.assertEqual([path.name for path in (self.folder / "thin").rglob("libinfrastate*")], [])

    def test_a_state_on_the_target(self):
        """Salt 3008 sends extensions to the target, and thin_extra_mods the package with the library."""
        if minion.SALT.pin < "3008":
            self.skipTest(f"Salt {minion.SALT.pin} sends no extensions to a target")
        master = json.loads((self.etc / "master").read_text())
        (self.etc / "master").write_text(json.dumps({**master, "thin_extra_mods": "infrastate"}))
        self.states({"app": self.state()})
        out, log = self.salt_ssh("state.apply", "app")
        ret = next(iter(json.loads(out)["target"].values()))
        self.assertEqual((ret["result"], ret["changes"]["actions"]), (True, ["create"]), log[-3000:])
        self.learn()
        self.assertEqual(self.opens(self.key_file.read_text()), self.owner)
