# SPDX-License-Identifier: Apache-2.0
"""A master and a minion as they run in earnest: the minion forks for each job, after it has opened the library. The
master's job cache and events hold no secret."""

import json
import socket
import subprocess
import time

import minion


class MasterTest(minion.MinionTest):
    def setUp(self):
        super().setUp()
        ports = []
        for _ in range(2):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                ports.append(free.getsockname()[1])
        self.central = self.folder / "master"
        self.central.mkdir()
        (self.central / "master").write_text(json.dumps({
            "root_dir": str(self.folder / "master-root"), "pki_dir": "/pki", "interface": "127.0.0.1", "publish_port": ports[0], "ret_port": ports[1],
            "auto_accept": True, "file_roots": {"base": [str(self.files)]}, "pillar_roots": {"base": [str(self.pillar)]}, "worker_threads": 2,
            "log_file": "/master.log", "log_level_logfile": "all", "sock_dir": "/sock", "user": minion.me()}))
        self.configure(file_client="remote", master="127.0.0.1", publish_port=ports[0], master_port=ports[1], sock_dir="/sock", user=minion.me(),
                       beacons={"infra_access_key": [{"user": self.user}, {"unused": True}, {"interval": 1}]})
        self.start("salt-master", self.central)
        self.start("salt-minion", self.etc)

    def start(self, name, etc):
        with open(self.folder / f"{name}.out", "w", encoding="utf-8") as out:
            process = subprocess.Popen([str(minion.SALT.folder / "bin" / name), "-c", str(etc), "-l", "quiet"], stdout=out, stderr=out,
                                       stdin=subprocess.DEVNULL, env=minion.environment(), start_new_session=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def salt(self, *words):
        done = subprocess.run([str(minion.SALT.folder / "bin" / "salt"), "-c", str(self.central), "--out=json", "--static", "-t", "60", "minion", *words],
                              capture_output=True, text=True, timeout=minion.PATIENCE, env=minion.environment(), check=False)
        self.learn()
        self.said += [done.stdout, done.stderr]
        return done

    def test_jobs_of_a_minion(self):
        for _ in range(60):
            if '"minion": true' in self.salt("test.ping").stdout:
                break
            time.sleep(1)
        else:
            self.fail((self.folder / "salt-minion.out").read_text()[-2000:])
        self.states({"app": self.state()})
        for result, actions in ((None, ["create"]), (True, ["create"]), (True, None)):
            done = self.salt("state.apply", "app", *(["test=True"] if result is None else []))
            ret = next(iter(json.loads(done.stdout)["minion"].values()))
            self.assertEqual((ret["result"], ret["changes"].get("actions")), (result, actions), done.stdout)
        self.assertEqual(self.opens(self.key_file.read_text()), self.owner)
        self.assertFalse(json.loads(self.salt("infra.present", "app", f"user={self.user}", f"secret_file={self.key_file}").stdout)["minion"]["changed"])
        # The beacon of the running minion sends its event to the master.
        began = time.monotonic()
        while "salt/beacon/minion/infra_access_key/unused" not in self.events() and time.monotonic() - began < 60:
            time.sleep(0.5)
        self.assertIn("salt/beacon/minion/infra_access_key/unused", self.events(), self.log.read_text(errors="replace")[-3000:])
        self.said.append(self.events())

    def events(self):
        """What the master's log says of the events that it received."""
        return (self.folder / "master-root" / "master.log").read_text(errors="replace")
