# SPDX-License-Identifier: Apache-2.0
"""What the source tree promises and a compiler does not check: which layer may include which, that headers
compile alone, and what no file may contain. Each check takes the root of a tree and returns a list of
sentences, one for each finding. An empty list is a pass."""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess

# A layer, and the layers whose headers it may include besides its own. docs/architecture.md draws it.
ARROWS = {
    "types": [],
    "json": ["types"],
    "schema": ["types"],
    "plan": ["types"],
    "ports": ["types"],
    "reconcile": ["plan", "schema", "ports", "types"],
    "store": ["ports", "types", "json"],
    "transport": ["types"],
    "client": ["ports", "transport", "json", "types"],
    "wire": ["reconcile", "plan", "schema", "json", "types"],
    "engine": ["wire", "reconcile", "plan", "schema", "ports", "client", "store", "transport", "json", "types"],
    "abi": ["engine", "schema", "json", "types"],
    "modules": ["engine", "schema", "json", "types"],
    "simulator": [],
}
# Module and library may use a cancel token, and nothing else of the transport.
SINGLE_HEADERS = {
    "abi": ["transport/cancel.h"],
    "modules": ["transport/cancel.h"],
}
# Outside libraries, and the layers whose sources may include them. No public header may.
OUTSIDE = {
    "Poco/": ["json", "transport", "simulator"],
    "openssl/": ["transport", "store", "wire", "simulator"],
    "ares": ["transport"],
    "cppunit/": [],
}
MAX_LINES = 500
# ansible-lint refuses longer ones, and is asked only late in the tests.
MAX_YAML_COLUMNS = 160
CODE = (".cpp", ".h", ".c", ".hpp")
COMMENTED = CODE + (".py", ".sh", ".cmake", ".yml", ".yaml", ".go", ".rb", ".j2")
COMMENTED_NAMES = ("CMakeLists.txt", ".clang-format", ".clang-tidy", ".editorconfig")
NOT_OURS = {".git", "build", "dist", "library", ".cache", "__pycache__", ".pytest_cache"}
# Generated files, or data whose format has no comments.
WITHOUT_SPDX = re.compile(r"(^|/)(go\.(mod|sum)|.*\.(md|json|jsonl|txt|svg|abi|map|pem))$|(^|/)changelogs/changelog\.yaml$|^LICENSE$|^VERSION$|^\.gitignore$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def files(root):
    """Every file of the tree that belongs to the project, as sorted paths relative to root."""
    root = pathlib.Path(root)
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in NOT_OURS)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            # A worktree's .git is a file.
            if name != ".git" and not path.is_symlink():
                found.append(path.relative_to(root))
    return found


def code_files(root):
    return [p for p in files(root) if p.suffix in CODE]


def read(root, path):
    return pathlib.Path(root, path).read_text(encoding="utf-8", errors="replace")


def layer_of(path):
    """The layer of a file, or None (tests may include whatever they test)."""
    parts = path.parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "infrastate") and len(parts) > 3:
        return parts[2]
    if parts[0] in ("abi", "modules", "simulator"):
        return parts[0]
    return None


def include_arrows(root):
    found = []
    for path in code_files(root):
        layer = layer_of(path)
        if layer is None:
            if path.parts[0] in ("src", "include"):
                found.append(f"{path}: belongs to no layer (src/LAYER or include/infrastate/LAYER)")
            continue
        if layer not in ARROWS:
            found.append(f"{path}: the layer {layer} is not in the table of arrows")
            continue
        for quote, target in INCLUDE.findall(read(root, path)):
            if target.startswith("infrastate/"):
                if quote == "<":
                    found.append(f"{path}: <{target}> wants quotation marks")
                inner = target.split("/", 1)[1]
                other = inner.split("/", 1)[0]
                if other == layer or other in ARROWS[layer] or inner in SINGLE_HEADERS.get(layer, []):
                    continue
                if target == "infrastate/infrastate.h" and layer == "abi":
                    continue
                allowed = ", ".join(ARROWS[layer]) or "nothing"
                found.append(f"{path}: includes {target}, but {layer} may use only {allowed}")
            elif quote == '"' and (".." in target.split("/") or target.startswith("src/")):
                found.append(f"{path}: includes {target} by a way around the layers")
    return found


# What the simulator may include and link besides its own code: a defect that it shared with the product
# would stay hidden.
SIMULATOR_INCLUDES = ("Poco/", "openssl/", "sys/")
SIMULATOR_LINKS = re.compile(r"infra-simulator|infrastate_options|(?!infrastate|PkgConfig)\w+::\w+|atomic|dl|pthread|rt|m")


def simulator_shares_nothing(root):
    """Sources of the simulator include nothing but themselves, Poco, OpenSSL and system headers."""
    root = pathlib.Path(root)
    found = []
    for path in code_files(root):
        ours = path.parts[0] == "simulator"
        for quote, target in INCLUDE.findall(read(root, path)):
            own = quote == '"' and "/" not in target and (root / "simulator" / target).is_file()
            system = quote == "<" and ("/" not in target or target.startswith(SIMULATOR_INCLUDES))
            if ours and not own and not system:
                found.append(f"{path}: includes {target}, but the simulator may use only Poco, OpenSSL and the standard library")
            if not ours and path.parts[0] != "tests" and target.startswith("simulator/"):
                found.append(f"{path}: includes {target}: nothing of the product may use the simulator")
    cmake = root / "simulator" / "CMakeLists.txt"
    text = re.sub(r"#.*", "", cmake.read_text(encoding="utf-8")) if cmake.is_file() else ""
    for word in re.findall(r"[^\s()\"]+", text):
        if word.endswith(CODE) and not re.fullmatch(r"[\w.-]+", word) or "$<TARGET_OBJECTS" in word:
            found.append(f"simulator/CMakeLists.txt: takes {word}, which is not a source of the simulator")
    return found


def simulator_links_nothing(graph_text):
    linked = link_closure(graph_text, "infra-simulator")
    if linked is None:
        return ["there is no target infra-simulator"]
    return [f"infra-simulator links {name}" for name in linked if not SIMULATOR_LINKS.fullmatch(name)]


def outside_libraries(root):
    found = []
    for path in code_files(root):
        layer = layer_of(path)
        if layer is None:
            continue
        public = path.parts[0] == "include"
        for _, target in INCLUDE.findall(read(root, path)):
            for prefix, layers in OUTSIDE.items():
                if not target.startswith(prefix):
                    continue
                if public:
                    found.append(f"{path}: a public header includes <{target}>")
                elif layer not in layers:
                    found.append(f"{path}: includes <{target}>, which only {', '.join(layers) or 'tests'} may")
    return found


def header_openings(root):
    """SPDX, then what the header is for, then the guard."""
    found = []
    for path in code_files(root):
        if path.suffix != ".h" or layer_of(path) is None:
            continue
        lines = read(root, path).splitlines()
        comments = 0
        for line in lines[1:]:
            if not line.startswith(("//", "/*", " *")):
                break
            comments += 1
        if comments < 2:
            found.append(f"{path}: does not open with two lines on what it is for")
        text = "\n".join(lines)
        if "#pragma once" not in text and not re.search(r"#ifndef \w+\s*\n\s*#define \w+", text):
            found.append(f"{path}: has no include guard")
    return found


def file_sizes(root):
    found = []
    for path in code_files(root):
        lines = read(root, path).count("\n")
        if lines > MAX_LINES:
            found.append(f"{path}: {lines} lines, more than {MAX_LINES}; split it")
    return found


def spdx(root):
    found = []
    for path in files(root):
        name = str(path)
        if WITHOUT_SPDX.search(name):
            continue
        text = read(root, path)
        if not (path.suffix in COMMENTED or path.name in COMMENTED_NAMES or text.startswith("#!")):
            continue
        head = "\n".join(text.splitlines()[:4])
        match = re.search(r"SPDX-License-Identifier: (\S+)", head)
        if match is None:
            found.append(f"{path}: the first lines have no SPDX-License-Identifier")
        elif match.group(1) not in ("Apache-2.0", "GPL-3.0-or-later"):
            found.append(f"{path}: the licence {match.group(1)} is not one of this repository's")
        elif match.group(1) != "Apache-2.0" and not re.search(r"^\s*(from|import) ansible\b", text, re.MULTILINE):
            found.append(f"{path}: only a file that imports Ansible is {match.group(1)}")
    return found


# Patterns, and what is wrong with a text that matches. This file and its own test are exempt.
PRIVATE_ADDRESS = "an address of a private network"
FORBIDDEN = [
    (re.compile(r"(?<![\w.$}])/(?:home|Users)/(?!\$|USER|user\b|NAME|name\b|me\b)[A-Za-z][\w.-]*"), "a person's folder"),
    (re.compile(r"(?<![\w.$}/])/(?:root|work|workspace)/[\w.-]"), "a folder of one machine"),
    (re.compile(r"\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b(?!\.)"), PRIVATE_ADDRESS),
    (re.compile(r"https?://[\w.-]*(?:mirror|artifactory|nexus|registry|\.internal|\.corp|\.lan)[\w.-]*"), "a mirror's or registry's address"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s*\\?n?[A-Za-z0-9+/]{40}"), "a private key"),
]
KEY_SHAPE = re.compile(r"(?<![A-Za-z0-9./_-])([A-Za-z0-9]{10})\.([A-Za-z0-9]{24})(?![A-Za-z0-9_-])")


def forbidden_strings(root):
    found = []
    for path in files(root):
        if path.parts[:2] == ("tests", "architecture"):
            continue
        data = pathlib.Path(root, path).read_bytes()
        corpus = path.parts[:3] == ("tests", "fuzz", "corpus")  # any bytes are an input
        if b"\0" in data[:4096] and not corpus:
            found.append(f"{path}: a binary file in the source tree")
            continue
        text = data.decode("utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, what in FORBIDDEN:
                # Tests of address parsers need addresses of every kind.
                if what == PRIVATE_ADDRESS and path.parts[0] == "tests":
                    continue
                if match := pattern.search(line):
                    found.append(f"{path}:{number}: {what}: {match.group(0)[:60]}")
            for first, second in KEY_SHAPE.findall(line):
                # A made-up key is recognized by its few different characters.
                if not corpus and (len(set(first)) > 3 or len(set(second)) > 4):
                    found.append(f"{path}:{number}: looks like a real access key; use one like aaaaaaaaaa.bbbb...")
        if match := FORBIDDEN[-1][0].search(text):
            found.append(f"{path}: a private key")
    return found


def text_form(root):
    """UTF-8, a newline at the end, no tabs or trailing blanks where .editorconfig forbids them, no long line of YAML."""
    found = []
    for path in files(root):
        if path.suffix in (".jsonl", ".abi", ".json") or path.name in ("LICENSE", "go.sum"):
            continue
        data = pathlib.Path(root, path).read_bytes()
        if not data or b"\0" in data[:4096]:
            continue
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            # Fuzzing corpora and samples of bad input contain such bytes on purpose.
            if path.parts[0] != "tests":
                found.append(f"{path}: is not UTF-8")
            continue
        if "corpus" in path.parts:
            continue
        if "\r" in text:
            found.append(f"{path}: has carriage returns")
        if not text.endswith("\n"):
            found.append(f"{path}: the last line has no newline")
        for number, line in enumerate(text.splitlines(), 1):
            if line != line.rstrip():
                found.append(f"{path}:{number}: blanks at the end of the line")
                break
            if path.suffix in (".yml", ".yaml") and len(line) > MAX_YAML_COLUMNS:
                found.append(f"{path}:{number}: {len(line)} characters, more than {MAX_YAML_COLUMNS}")
    return found


def tracked_files(root):
    """The files that git tracks, as paths relative to root; None without git, or if root is not its top folder."""
    try:
        done = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    if done.returncode != 0 or not pathlib.Path(root, ".git").exists():
        return None
    return {pathlib.PurePosixPath(name) for name in done.stdout.split("\0") if name}


def links(root):
    """Each link leads to a file of this tree that a fresh clone has, by a relative path."""
    root = pathlib.Path(root).resolve()
    tracked = tracked_files(root)
    if tracked is None:
        there = [pathlib.Path(folder, name).relative_to(root)
                 for folder, folders, names in os.walk(root) if ".git" not in pathlib.Path(folder).parts for name in (*folders, *names)]
    else:
        there = tracked
    found = []
    for path in sorted(map(pathlib.Path, there)):
        if not (root / path).is_symlink():
            continue
        target = os.readlink(root / path)
        try:
            end = (root / path).resolve(strict=True)
        except (OSError, RuntimeError):  # the target does not exist, or the links form a ring
            found.append(f"{path}: a link to {target}, which leads nowhere")
            continue
        lexical = pathlib.Path(os.path.normpath(root / path.parent / target))
        if os.path.isabs(target) or not end.is_relative_to(root) or not lexical.is_relative_to(root):
            found.append(f"{path}: a link to {target}, which leads out of the tree")
        elif tracked is not None and not any(each.is_relative_to(end.relative_to(root)) for each in tracked):
            found.append(f"{path}: a link to {target}, which git does not track: in a clone it leads nowhere")
    return found


def self_contained_headers(root, compiler="g++", jobs=None):
    """Each header compiles if it is the only one that is included."""
    root = pathlib.Path(root).resolve()
    headers = [p for p in code_files(root) if p.suffix == ".h" and layer_of(p) is not None]
    # ccache needs a source and an object, with paths below the root. Then it finds what another clone
    # compiled.
    cached = ["ccache"] if shutil.which("ccache") else []
    folder = pathlib.Path("build", "headers")
    (root / folder).mkdir(parents=True, exist_ok=True)

    def compile_one(path):
        source = folder / (str(path).replace("/", "_") + ".cpp")
        (root / source).write_text(f'#include "{path}"\n')
        done = subprocess.run([*cached, compiler, "-std=c++20", "-O0", "-Wall", "-Wextra", "-Werror", "-I", "include", "-I", ".",
                               "-c", source, "-o", source.with_suffix(".o")], cwd=root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        first = next((l for l in done.stderr.splitlines() if "error" in l), done.stderr.strip()[:200])
        return f"{path}: does not compile by itself: {first}"

    with concurrent.futures.ThreadPoolExecutor(jobs or os.cpu_count()) as pool:
        return [finding for finding in pool.map(compile_one, headers) if finding]


# What a pure function does not need: outside libraries, clocks, files, the environment, the network.
IMPURE = re.compile(
    r"\bPoco::|\bares_|\bSSL_|\bEVP_|system_clock::now|steady_clock::now|"
    r"basic_(?:o|i)?f(?:ilebuf|stream)|std::filesystem|"
    r"^(?:clock_gettime|gettimeofday|time|localtime(?:_r)?|getenv|secure_getenv|open(?:at)?(?:64)?|fopen(?:64)?|"
    r"read|write|socket|connect|send|recv|poll|fork|system|rand|random|getrandom|std::random_device.*)$")


def undefined_symbols(library):
    done = subprocess.run(["nm", "-C", "--undefined-only", str(library)], capture_output=True, text=True, check=True)
    # A name ends at a blank or a version, "time@GLIBC_2.2.5".
    return [line.split(" U ", 1)[1].strip().split("@")[0] for line in done.stdout.splitlines() if " U " in line]


def pure_library(library):
    """The objects of a pure layer refer to nothing that reads or changes anything outside."""
    library = pathlib.Path(library)
    if not library.is_file():
        return [f"{library}: is not built"]
    return sorted({f"{library.name}: refers to {symbol}" for symbol in undefined_symbols(library)
                   if IMPURE.search(symbol)})


def link_closure(graph_text, target):
    """Names of everything that `target` links, directly or not, from cmake --graphviz."""
    labels = {node: label.split("\\n")[0] for node, label in re.findall(r'"(node\w+)" \[ label = "([^"]*)"', graph_text)}
    edges = {}
    for left, right in re.findall(r'"(node\w+)" -> "(node\w+)"', graph_text):
        edges.setdefault(left, []).append(right)
    start = [node for node, label in labels.items() if label == target]
    if not start:
        return None
    seen, waiting = set(), list(start)
    while waiting:
        for node in edges.get(waiting.pop(), []):
            if node not in seen:
                seen.add(node)
                waiting.append(node)
    return sorted(labels[node] for node in seen)


def closure_without_libraries(graph_text, target, allowed):
    linked = link_closure(graph_text, target)
    if linked is None:
        return [f"there is no target {target}"]
    return [f"{target} links {name}" for name in linked if name not in allowed]
