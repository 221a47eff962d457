# SPDX-License-Identifier: Apache-2.0
"""scripts/lib/fuzz_corpus.py: which inputs of a fuzz target are tracked. scripts/fuzz: where new ones go."""

import contextlib
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import fuzz_corpus  # noqa: E402

FOLDER = pathlib.Path("corpus")


def made(number, size, *features, folder=FOLDER):
    return fuzz_corpus.Input(folder / f"{number:040x}", size, features)


def named(name, size, *features):
    return fuzz_corpus.Input(FOLDER / name, size, features)


class ChooseTest(unittest.TestCase):
    def chosen(self, *inputs, most=40):
        return [each.path.name.lstrip("0") for each in fuzz_corpus.choose(inputs, FOLDER, most)]

    def test_the_input_with_the_most_new_features_comes_first(self):
        self.assertEqual(self.chosen(made(1, 9, 1, 2), made(2, 9, 3, 4, 5), made(3, 9, 1, 4, 5)), ["2", "1"])

    def test_of_equals_the_shorter_is_taken(self):
        self.assertEqual(self.chosen(made(1, 9, 1, 2), made(2, 3, 1, 2), made(3, 5, 1, 2)), ["2"])

    def test_what_people_named_stays_though_it_adds_nothing(self):
        self.assertEqual(self.chosen(made(1, 1, 1, 2), named("chunks", 9, 1), named("gzip", 9, 1)), ["chunks", "gzip", "1"])

    def test_no_more_are_taken_than_may_be_and_the_named_count(self):
        inputs = [made(number, 5, number) for number in range(1, 9)]
        self.assertEqual(len(self.chosen(*inputs, most=3)), 3)
        self.assertEqual(self.chosen(*inputs, named("chunks", 9, 20), most=2), ["chunks", "1"])

    def test_a_digest_in_another_folder_is_nobodys_name(self):
        other = fuzz_corpus.Input(pathlib.Path("cache/chunks"), 5, [1])
        self.assertEqual(self.chosen(other, made(1, 3, 1)), ["1"])


class ControlFileTest(unittest.TestCase):
    def test_features_are_those_of_each_input(self):
        first, second = fuzz_corpus.read_control_file("2\n0\na/x\nb/y\nSTARTED 0 7\nFT 0 4 9\nCOV 0 1\nSTARTED 1 3\nFT 1 9\nCOV 1 2\n")
        self.assertEqual((str(first.path), first.size, set(first.features)), ("a/x", 7, {4, 9}))
        self.assertEqual((str(second.path), second.size, set(second.features)), ("b/y", 3, {9}))

    def test_an_input_that_reaches_nothing_is_no_failure(self):
        self.assertEqual(set(fuzz_corpus.read_control_file("1\n0\na\nSTARTED 0 0\nFT 0\nCOV 0\n")[0].features), set())

    def test_an_input_that_ends_the_target_is_told(self):
        with self.assertRaisesRegex(ValueError, "b/y ends the target"):
            fuzz_corpus.read_control_file("3\n0\na/x\nb/y\nc/z\nSTARTED 0 7\nFT 0 4\nSTARTED 1 3\nSTARTED 2 3\nFT 2 1\n")


class WriteTest(unittest.TestCase):
    def test_the_folder_then_holds_the_chosen_ones(self):
        with tempfile.TemporaryDirectory() as scratch:
            tracked, cache = pathlib.Path(scratch, "corpus"), pathlib.Path(scratch, "cache")
            tracked.mkdir()
            cache.mkdir()
            files = {tracked / "chunks": b"by hand", tracked / ("a" * 40): b"stays", tracked / ("b" * 40): b"goes", cache / "x": b"comes"}
            for path, content in files.items():
                path.write_bytes(content)
            chosen = [fuzz_corpus.Input(path, len(content), [1]) for path, content in files.items() if content not in (b"goes", b"by hand")]
            fuzz_corpus.write(chosen, tracked)
            digest = hashlib.sha1(b"comes").hexdigest()
            self.assertEqual({path.name: path.read_bytes() for path in tracked.iterdir()},
                             {"chunks": b"by hand", "a" * 40: b"stays", digest: b"comes"})


    def test_an_empty_input_which_libfuzzer_leaves_out_counts_too(self):
        with tempfile.TemporaryDirectory() as scratch:
            tracked = pathlib.Path(scratch, "corpus")
            tracked.mkdir()
            names = ["nothing", "a" * 40, "b" * 40]
            for name in names:
                (tracked / name).write_bytes(b"" if name == "nothing" else name.encode())
            control = pathlib.Path(scratch, "control")
            control.write_text("".join(f"{line}\n" for line in (2, 0, tracked / names[1], tracked / names[2], "STARTED 0 40", "FT 0 1", "STARTED 1 40", "FT 1 2")))
            with contextlib.redirect_stdout(io.StringIO()) as said:
                fuzz_corpus.main(control, tracked, 2)
            self.assertEqual({path.name for path in tracked.iterdir()}, {"nothing", "a" * 40})
            self.assertEqual(said.getvalue(), "corpus: 2 of 3 inputs, 1 of 2 features\n")


class TrackedTest(unittest.TestCase):
    def test_no_target_tracks_more_than_it_may(self):
        for folder in (ROOT / "tests" / "fuzz" / "corpus").iterdir():
            with self.subTest(folder=folder.name):
                self.assertIn(len(list(folder.iterdir())), range(1, fuzz_corpus.MOST + 1))

    def test_every_machine_made_input_has_the_name_of_its_bytes(self):
        for path in (ROOT / "tests" / "fuzz" / "corpus").glob("*/*"):
            if fuzz_corpus.MADE_NAME.fullmatch(path.name):
                self.assertEqual(hashlib.sha1(path.read_bytes()).hexdigest(), path.name, path)


# A target that finds one new input: it is written into the first folder, as libFuzzer does. A merge
# says that each input reaches something of its own.
TARGET = """#!/usr/bin/env bash
folders=()
for word in "$@"; do
    case $word in
    -merge_control_file=*) control=${word#*=} ;;
    -*) ;;
    *) folders+=("$word") ;;
    esac
done
if [[ -z ${control:-} ]]; then
    printf 'a new input' >"${folders[0]}/$(printf 'a new input' | sha1sum | cut -d' ' -f1)"
    exit
fi
files=(${folders[1]}/* ${folders[2]}/*)
printf '%s\\n' "${#files[@]}" 0 "${files[@]}" >"$control"
for i in "${!files[@]}"; do printf 'STARTED %d 5\\nFT %d %d\\n' "$i" "$i" "$i" >>"$control"; done
"""


class FuzzTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.tree = self.home / "tree"
        self.tracked = self.tree / "tests" / "fuzz" / "corpus" / "times"
        self.tracked.mkdir(parents=True)
        (self.tracked / "rfc3339").write_text("2027-01-01T00:00:00Z")
        (self.tracked.parent.parent / "fuzz_times.cpp").touch()
        (self.tree / "scripts" / "lib").mkdir(parents=True)
        for name in ("fuzz", "lib/common.sh", "lib/fuzz_corpus.py"):
            shutil.copy(ROOT / "scripts" / name, self.tree / "scripts" / name)
        for path, text in (("tree/build/fuzz/tests/fuzz/fuzz_times", TARGET), ("bin/cmake", "#!/bin/sh\n"), ("bin/ninja", "#!/bin/sh\n"), ("bin/clang++", "#!/bin/sh\n")):
            (self.home / path).parent.mkdir(parents=True, exist_ok=True)
            (self.home / path).write_text(text)
            (self.home / path).chmod(0o755)

    def fuzz(self, *arguments, **environment):
        plain = {name: value for name, value in os.environ.items() if name not in ("INFRASTATE_CACHE", "XDG_CACHE_HOME")}
        done = subprocess.run([str(self.tree / "scripts" / "fuzz"), "--seconds", "1", *arguments], capture_output=True, text=True, timeout=60, check=False,
                              env={**plain, "HOME": str(self.home), "PATH": f"{self.home}/bin:{os.environ['PATH']}", **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_new_inputs_go_to_the_cache_and_not_into_the_tree(self):
        for folder, environment in ((".cache/infrastate", {}), ("xdg/infrastate", {"XDG_CACHE_HOME": f"{self.home}/xdg"}),
                                    ("own", {"INFRASTATE_CACHE": f"{self.home}/own"})):
            with self.subTest(folder=folder):
                self.fuzz(**environment)
                self.assertEqual(len(list((self.home / folder / "fuzz" / "times").iterdir())), 1)
                self.assertEqual([path.name for path in self.tracked.iterdir()], ["rfc3339"])

    def test_what_is_kept_is_chosen_out_of_the_tree_and_the_cache(self):
        self.assertIn("times: 2 of 2 inputs, 2 of 2 features", self.fuzz("--keep"))
        self.assertEqual({path.name: path.read_text() for path in self.tracked.iterdir()},
                         {"rfc3339": "2027-01-01T00:00:00Z", hashlib.sha1(b"a new input").hexdigest(): "a new input"})


if __name__ == "__main__":
    unittest.main()
