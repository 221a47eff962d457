# SPDX-License-Identifier: Apache-2.0
"""Sources and pages that point to a page: the page must be in the repository and have the heading that is named."""

import pathlib
import re

import checks

LINK = re.compile(r"\]\(([^)\s]+)\)")
# A page that a comment names, and rules whose text is elsewhere.
NAMED = re.compile(r"\b(?:docs|tests|playbooks|abi|simulator)/[\w./-]+\.md\b")
ADR = re.compile(r"\bADRs? (\d+)\b")
ELSEWHERE = re.compile(r"\b(?:STATE-LOGIC|DESIGN\.md|SIBLINGS(?:\.md)?|STYLE\.md|ABI\.md)\b")
# Made-up links, for the tests of the checks themselves.
SAMPLES = ("tests/architecture/", "tests/docs/")


def anchors(text):
    """The headings of a page, in the form in which sites that show Markdown name them."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        found.add(name)
    return found


def broken_links(root, path, text):
    for target in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        page = (root / path.parent / name).resolve() if name else root / path
        if not page.exists():
            yield f"{path}: a link to {target}, which is not there"
        elif anchor and page.suffix == ".md" and anchor not in anchors(page.read_text()):
            yield f"{path}: a link to {target}, and no heading is called so"


def pages(root):
    root = pathlib.Path(root).resolve()
    decisions = {int(path.name[:4]) for path in (root / "docs" / "adr").glob("[0-9]*.md")}
    found = []
    for path in checks.files(root):
        if str(path).startswith(SAMPLES) or path.suffix in (".json", ".jsonl", ".abi", ".svg") or "corpus" in path.parts:
            continue
        text = checks.read(root, path)
        if path.suffix == ".md":
            found += broken_links(root, path, text)
        found += [f"{path}: names {name}, which is not there" for name in sorted(set(NAMED.findall(text))) if not (root / name).exists()]
        found += [f"{path}: names ADR {number}, which is not there" for number in sorted(set(ADR.findall(text))) if int(number) not in decisions]
        found += [f"{path}: points to {name}, which is not in this repository" for name in sorted(set(ELSEWHERE.findall(text)))]
    return found
