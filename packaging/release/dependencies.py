# SPDX-License-Identifier: Apache-2.0
"""The libraries inside, static, for one target: each in a folder of the cache that follows from its pins and from
the code that makes it, and all of them in one prefix for the preset "portable"."""

import ast
import pathlib
import shutil

from . import libraries, pins, toolchain
from .common import Problem, cache, key_of, made_once, say
from .libraries.work import EPOCH, Work

NAMES = tuple(library.NAME for library in libraries.ALL)


def _meaning(path):
    """What a module does, whatever its comments say."""
    return ast.dump(ast.parse(pathlib.Path(path).read_text()))


def _recipe(library, pin_list, needed):
    here = pathlib.Path(__file__).resolve().parent
    own = [_meaning(path) for path in (library.__file__, here / "libraries" / "work.py", here / "toolchain.py")]
    zig = pins.named(pin_list, "zig")
    return key_of(*own, *(path.read_bytes() for path in library.FILES), *zig, *pins.named(pin_list, library.NAME),
                  *(folder.name for folder in needed))


def _places(target, pin_list):
    """The folder of each library, by name."""
    places = {}
    for library in libraries.ALL:
        recipe = _recipe(library, pin_list, [places[name] for name in library.NEEDS])
        places[library.NAME] = cache() / "libraries" / f"{library.NAME}-{target.zig}-{recipe}"
    return places


def _build(library, place, target, pin_list, zig, needed):
    """Fills the folder of one library: include/, lib/, licences/NAME.txt, versions."""
    own = pins.named(pin_list, library.NAME)
    with made_once(place) as folder:
        if folder is None:
            return
        say(f"   {library.NAME} for {target.zig}, once")
        log = cache() / "log" / f"{place.name}.log"
        log.unlink(missing_ok=True)
        # The folder is in its place only when it is whole, so all that is compiled knows it as "/deps".
        programs = toolchain.programs(target, zig, ((folder, "/deps"), *((path, "/deps") for path in needed.values())))
        work = Work(folder, target, [pins.fetch(pin) for pin in own], needed, toolchain.environment(programs, EPOCH), log)
        for name in ("sources", "lib", "licences"):
            (folder / name).mkdir()
        version, licence = library.build(work, own)
        shutil.copyfile(licence, folder / "licences" / f"{library.NAME}.txt")
        (folder / "versions").write_text(f"{library.NAME} {version}\n")
        for name in ("sources", "bin"):
            shutil.rmtree(folder / name, ignore_errors=True)
        _rename(folder, folder, place)


def _rename(folder, old, new):
    """CMake's and pkg-config's files say where they are."""
    for path in [*folder.rglob("*.cmake"), *folder.rglob("*.pc")]:
        text = path.read_text()
        if str(old) in text:
            path.write_text(text.replace(str(old), str(new)))


def provide(target, pin_list, zig):
    """The prefix with all of them, and licences/ and versions in it."""
    built = _places(target, pin_list)
    for name, place in built.items():
        if not place.is_dir():
            for pin in pins.named(pin_list, name):
                pins.fetch(pin)  # all that are needed, before anything is built
    for library in libraries.ALL:
        _build(library, built[library.NAME], target, pin_list, zig, {name: built[name] for name in library.NEEDS})
    prefix = cache() / "prefix" / f"{key_of(_meaning(__file__), *(folder.name for folder in built.values()))}-{target.zig}"
    with made_once(prefix) as work:
        if work is None:
            return prefix
        for folder in built.values():
            shutil.copytree(folder, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("versions"))
            _rename(work, folder, prefix)
        (work / "versions").write_text("".join((folder / "versions").read_text() for folder in built.values()))
    return prefix


def versions(folder):
    """What the file `versions` in a prefix, or its copy in dist/linux-ARCH, says."""
    found = dict(line.split() for line in (folder / "versions").read_text().splitlines())
    if set(found) != set(NAMES):
        raise Problem(f"{folder}/versions is not what this script wrote; remove {folder}")
    return found
