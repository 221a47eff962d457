# SPDX-License-Identifier: Apache-2.0
"""Chooses the inputs of a fuzz target that are tracked. usage: fuzz_corpus.py CONTROL_FILE FOLDER [MOST]

CONTROL_FILE is what libFuzzer wrote with -set_cover_merge=1 -merge_control_file=CONTROL_FILE: the features
that each input reaches. Afterwards FOLDER, the tracked corpus, holds the inputs that people named, and the
others that add the most features, up to MOST files (40). Inputs in FOLDER that are named by their digest and
not chosen are removed. Chosen inputs from elsewhere are copied there. Prints one line about it."""

import hashlib
import pathlib
import re
import sys

MOST = 40
# libFuzzer names its inputs by the SHA-1 of their bytes.
MADE_NAME = re.compile(r"[0-9a-f]{40}")


class Input:
    def __init__(self, path, size, features):
        self.path, self.size, self.features = pathlib.Path(path), size, frozenset(features)

    def is_named(self, folder):
        """Whether a person keeps it: it is in the tracked folder and has a readable name."""
        return self.path.parent == folder and not MADE_NAME.fullmatch(self.path.name)


def read_control_file(text):
    """The inputs in their order. If an input was begun and never ended, it ended the target."""
    lines = text.splitlines()
    count = int(lines[0])
    paths, sizes, features = lines[2:2 + count], {}, {}
    for line in lines[2 + count:]:
        word, number, *rest = line.split()
        if word == "STARTED":
            sizes[int(number)] = int(rest[0])
        elif word == "FT":
            features[int(number)] = map(int, rest)
    for number, path in enumerate(paths):
        if number not in features:
            raise ValueError(f"{path} ends the target, or was not run: correct that first")
    return [Input(path, sizes[number], features[number]) for number, path in enumerate(paths)]


def with_unread(inputs, folder):
    """Adds the empty inputs, which libFuzzer leaves out: a replay uses them, too."""
    seen = {each.path for each in inputs}
    return inputs + [Input(path, 0, ()) for path in sorted(folder.iterdir()) if path not in seen]


def choose(inputs, folder, most=MOST):
    """First what people named. Then always the input with the most new features, of those the shortest."""
    chosen = [each for each in inputs if each.is_named(folder)]
    reached = frozenset().union(*(each.features for each in chosen))
    others = sorted((each for each in inputs if not each.is_named(folder)), key=lambda each: (each.size, each.path.name))
    while others and len(chosen) < most:
        best = max(others, key=lambda each: len(each.features - reached))  # the first of equals
        if best.features <= reached:
            break
        chosen.append(best)
        reached |= best.features
        others.remove(best)
    return chosen


def write(chosen, folder):
    kept = {each.path.name for each in chosen if each.path.parent == folder}
    for each in chosen:
        if each.path.parent != folder:
            content = each.path.read_bytes()
            name = hashlib.sha1(content).hexdigest()
            (folder / name).write_bytes(content)
            kept.add(name)
    for path in folder.iterdir():
        if MADE_NAME.fullmatch(path.name) and path.name not in kept:
            path.unlink()


def main(control_file, folder, most=MOST):
    folder = pathlib.Path(folder)
    inputs = with_unread(read_control_file(pathlib.Path(control_file).read_text()), folder)
    chosen = choose(inputs, folder, int(most))
    write(chosen, folder)
    every, reached = (len(frozenset().union(*(each.features for each in group))) for group in (inputs, chosen))
    print(f"{folder.name}: {len(chosen)} of {len(inputs)} inputs, {reached} of {every} features")


if __name__ == "__main__":
    main(*sys.argv[1:])
