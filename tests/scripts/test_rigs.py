# SPDX-License-Identifier: Apache-2.0
"""A real server that a test has started is stopped, whatever signal ends the test."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RIG = """#!/bin/sh
case $1 in
start) touch "$SCRATCH/started" ;;
env) echo 'INFRA_TEST_URL=https://localhost:1' ;;
stop) sleep 0.5 && touch "$SCRATCH/stopped" ;;
esac
"""
PROGRAM = """
import pathlib, sys, time
sys.path.insert(0, sys.argv[1])
import rigs
rigs.ROOT = pathlib.Path(sys.argv[2])
with rigs.real():
    pathlib.Path(sys.argv[2], "running").touch()
    time.sleep(60)
"""


class RigTest(unittest.TestCase):
    def test_the_server_is_stopped_by_each_signal_and_by_several(self):
        for signals in ([signal.SIGINT], [signal.SIGTERM], [signal.SIGINT, signal.SIGTERM], [signal.SIGTERM, signal.SIGTERM]):
            for ignored in (False, True):  # as a background process of a shell ignores SIGINT
                with self.subTest(signals=signals, ignored=ignored), tempfile.TemporaryDirectory() as folder:
                    rig = pathlib.Path(folder, "tests", "realserver", "infra-server")
                    rig.parent.mkdir(parents=True)
                    rig.write_text(RIG)
                    rig.chmod(0o755)
                    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None
                    try:
                        process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(ROOT / "tests" / "contract"), folder], start_new_session=True,
                                                   stderr=subprocess.DEVNULL, env={**os.environ, "SCRATCH": folder})
                    finally:
                        if ignored:
                            signal.signal(signal.SIGINT, before)
                    end = time.monotonic() + 60
                    while not pathlib.Path(folder, "running").exists():
                        self.assertLess(time.monotonic(), end)
                        time.sleep(0.05)
                    for number in signals:
                        os.killpg(process.pid, number)
                        time.sleep(0.1)
                    process.wait(timeout=60)
                    self.assertTrue(pathlib.Path(folder, "stopped").exists())


if __name__ == "__main__":
    unittest.main()
