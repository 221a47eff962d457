# SPDX-License-Identifier: Apache-2.0
"""scripts/release with bad input: each ends with one sentence that says what to do, and nothing is built."""

import hashlib
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import types
import unittest
import unittest.mock
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "packaging"))
from release import common, pins, product

SCRIPT = ROOT / "scripts" / "release"
NOTHING = "0" * 64


class ReleaseTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.dist = self.folder / "dist"
        self.cache = self.folder / "cache"
        self.programs = self.folder / "bin"
        self.programs.mkdir()

    def environment(self):
        return os.environ | {"INFRASTATE_CACHE": str(self.cache), "CARGO_HOME": str(self.folder / "cargo"),
                             "PATH": f"{self.programs}:{os.environ['PATH']}"}

    def refused(self, *arguments):
        """The one sentence with which it ends."""
        done = subprocess.run([SCRIPT, "--dist", self.dist, *arguments], capture_output=True, text=True, env=self.environment(), check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertTrue(done.stderr.startswith("scripts/release: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def program(self, name, body):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def pins(self, digest=NOTHING):
        """A list whose compiler is in the cache already, and does nothing."""
        wheel = self.folder / "zig.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("ziglang/zig", "#!/bin/sh\nexit 1\n")
        zig = hashlib.sha256(wheel.read_bytes()).hexdigest()
        kept = self.cache / "release" / "downloads" / f"{zig[:16]}-zig.whl"
        kept.parent.mkdir(parents=True)
        wheel.rename(kept)
        path = self.folder / "pins"
        path.write_text(f"# a comment\nzig 1 pip ziglang zig.whl {zig}\nopenssl 300.5.99+3.5.99 cargo openssl-src openssl-src-300.5.99+3.5.99.crate {digest}\n"
                        f"c-ares 1 cargo c-ares-sys c-ares-sys-1.crate {NOTHING}\npoco 1.11.0-1 apt poco a.tar {NOTHING}\npoco 1.11.0-1 apt poco b.tar {NOTHING}\n")
        return path

    def built(self):
        """What there is of things that were built."""
        return [path for path in self.cache.rglob("*") if path.suffix in (".a", ".o")] + list(self.dist.glob("linux-*"))

    def test_what_is_for_all_systems_needs_no_compiler_and_is_equal_twice(self):
        """Neither the pins nor anything compiled is asked for; the second time is another time of the day."""
        sums = []
        for number in range(2):
            dist = self.folder / f"dist{number}"
            done = subprocess.run([SCRIPT, "--only", "puppet,chef", "--dist", dist], capture_output=True, text=True, env=self.environment(), check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            sums.append((dist / "SHA256SUMS").read_text())
        self.assertEqual(sums[0], sums[1])
        self.assertEqual(len([line for line in sums[0].splitlines() if line.endswith(".tar.gz")]), 2)
        self.assertFalse((self.cache / "release").exists())

    def test_an_unknown_part_is_named_and_the_parts_are_listed(self):
        for parts in ("bogus", "linux-amd64,bogus"):
            said = self.refused("--only", parts)
            self.assertIn('there is no part "bogus"; the parts are linux-amd64, linux-arm64, tar, deb, rpm, wheel, gem', said)
        self.assertIn("names no part", self.refused("--only", ","))
        self.assertFalse(self.dist.exists())

    def test_an_archive_with_another_digest_stops_it_and_nothing_is_built(self):
        self.program("cargo", 'mkdir -p "$CARGO_HOME/registry/cache/x" && echo forged >"$CARGO_HOME/registry/cache/x/openssl-src-300.5.99+3.5.99.crate"')
        said = self.refused("--only", "linux-amd64", "--pins", self.pins())
        forged = hashlib.sha256(b"forged\n").hexdigest()
        self.assertIn(f"openssl-src-300.5.99+3.5.99.crate has the SHA-256 {forged}, and packaging/pins says {NOTHING}: nothing was built from it", said)
        self.assertEqual(self.built(), [])

    def test_an_archive_in_the_cache_that_was_damaged_is_fetched_anew(self):
        self.program("cargo", 'mkdir -p "$CARGO_HOME/registry/cache/x" && echo good >"$CARGO_HOME/registry/cache/x/a-1.crate"')
        digest = hashlib.sha256(b"good\n").hexdigest()
        with unittest.mock.patch.dict(os.environ, self.environment()):
            pin = pins.Pin("a", "1", "cargo", "a", "a-1.crate", digest)
            kept = pins.fetch(pin)
            kept.write_text("damaged")
            self.assertEqual(pins.fetch(pin).read_text(), "good\n")

    def test_an_archive_that_cannot_be_had_is_said_in_one_sentence(self):
        self.program("cargo", 'echo "    Updating index" >&2; echo "error: failed to select a version for the requirement" >&2; exit 101')
        said = self.refused("--only", "linux-amd64", "--pins", self.pins())
        for part in ("openssl 300.5.99+3.5.99", "cannot be had any more, or the registry is out of reach", "failed to select a version", "--update-pins"):
            self.assertIn(part, said)
        self.program("cargo", "exit 0")
        self.assertIn("cannot be had any more: packaging/pins names openssl-src-300.5.99+3.5.99.crate, and there is", self.refused(
            "--only", "linux-amd64", "--pins", self.folder / "pins"))
        self.assertEqual(self.built(), [])

    def test_a_line_of_pins_that_cannot_be_read_is_named(self):
        path = self.folder / "pins"
        for line in ("zig 1 pip ziglang zig.whl", "zig 1 ftp ziglang zig.whl " + NOTHING, "zig 1 pip ziglang zig.whl abc"):
            path.write_text(f"# a comment\n{line}\n")
            self.assertIn(f"{path}, line 2: expected NAME VERSION pip|cargo|apt PACKAGE FILE SHA256", self.refused("--pins", path))

    def test_every_archive_is_pinned_once_and_by_its_digest(self):
        listed = pins.read()
        self.assertEqual({pin.name for pin in listed}, {"zig", "openssl", "c-ares", "poco"})
        self.assertEqual(len({pin.file for pin in listed}), len(listed))

    def test_a_disk_without_room_is_said_before_anything_is_fetched(self):
        self.program("cargo", f"touch {self.folder}/asked")
        with unittest.mock.patch("shutil.disk_usage", return_value=types.SimpleNamespace(free=100 << 20)):
            with self.assertRaisesRegex(common.Problem, r"has 100 MB free, and a release needs 3072 MB; make room there"):
                common.need_room(self.dist)
        self.assertFalse((self.folder / "asked").exists())

    def test_a_disk_that_fills_up_is_said_in_one_sentence(self):
        with self.assertRaisesRegex(common.Problem, "a disk is full: No space left on device while the compiler ran; make room and start again"):
            common.run(["cp", SCRIPT, "/dev/full"], self.folder / "log", what="the compiler")

    def test_a_package_is_never_made_of_files_for_another_architecture(self):
        for name in ("amd64", "arm64"):
            folder = self.dist / f"linux-{name}"
            folder.mkdir(parents=True)
            for file in ("infra_access_key", "libinfrastate.so.1"):
                (folder / file).write_bytes(b"\x7fELF".ljust(18, b"\0") + struct.pack("<H", 62))
        self.assertIn("is for the machine number 62, and arm64 is 183; build it anew with scripts/release --only linux-arm64",
                      self.refused("--only", "tar"))
        self.assertEqual(list(self.dist.glob("*arm64*.tar.xz")), [])

    def test_a_machine_that_zig_is_not_pinned_for_is_told(self):
        with unittest.mock.patch("os.uname", return_value=types.SimpleNamespace(machine="riscv64")):
            with self.assertRaisesRegex(common.Problem, "a release is made on an amd64 machine.*this one is riscv64"):
                product.make(common.ARCHITECTURES["amd64"], [], self.dist)

    def test_a_folder_of_the_cache_is_whole_or_not_there(self):
        folder = self.cache / "thing"
        with self.assertRaises(ZeroDivisionError):
            with common.made_once(folder) as work:
                (work / "half").write_text("")
                raise ZeroDivisionError
        self.assertFalse(folder.exists())
        with common.made_once(folder) as work:
            (work / "whole").write_text("")
        with common.made_once(folder) as work:
            self.assertIsNone(work)
        self.assertEqual([path.name for path in folder.iterdir()], ["whole"])
