#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Finds sentences that are too long to be understood at the first reading, in README and docs/ (not in docs/adr/).

usage: prose.py [FILE...]"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST_WORDS = 35
# A full stop, question mark or exclamation mark ends a sentence, and so does the end of a block. A
# colon or a semicolon does not. Neither do the points in "1.11", "e.g." and ".key".
END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)[.?!][\"')*_]*(?=\s|$)")


def blocks(text):
    """Paragraphs, list items and cells of tables, each with the number of its first line."""
    fenced, block, start = False, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            line = ""
        elif fenced:
            continue
        bare = line.strip()
        new = not bare or bare.startswith(("#", "|", "- ", "* ", "<", "![")) or re.match(r"\d+\. ", bare)
        if new and block:
            yield start, " ".join(block)
            block = []
        if bare.startswith("|"):
            for cell in bare.strip("|").split("|"):
                yield number, cell.strip()
        elif bare and not bare.startswith(("<", "![")):
            start = start if block else number
            block.append(bare)
    if block:
        yield start, " ".join(block)


def plain(text):
    """Without code and the addresses of links: each counts as one word."""
    text = re.sub(r"``.+?``|`[^`]*`", "CODE", text)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def long_sentences(text):
    for line, block in blocks(text):
        for sentence in END.split(plain(block)):
            words = re.findall(r"[\w'’-]+", sentence)
            if len(words) > MOST_WORDS:
                yield line, len(words), " ".join(words[:8])


def main(arguments):
    files = [pathlib.Path(name) for name in arguments] or [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")),
                                                            *sorted((ROOT / "playbooks").glob("*.md"))]
    found = 0
    for path in files:
        for line, words, beginning in long_sentences(path.read_text(encoding="utf-8")):
            print(f"{path}:{line}: a sentence of {words} words, {MOST_WORDS} at most: {beginning} ...")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
