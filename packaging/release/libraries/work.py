# SPDX-License-Identifier: Apache-2.0
"""What building one library takes: a folder to fill, the target, the compiler's environment, the log."""

import dataclasses
import pathlib
import tarfile

from ..common import jobs, run
from ..toolchain import COMMON_FLAGS, Target

# The time that stands in them: one for all releases, since they are kept from one to the next.
EPOCH = 0
# For the debug information that lies beside. Where CMake tries the linker it is left out: zig would compile its
# own libraries once more, with debug information.
DEBUG = "-g1"
# No exception crosses C code, so it needs no tables for one.
C_FLAGS = f"{COMMON_FLAGS} -fno-unwind-tables -fno-asynchronous-unwind-tables"


@dataclasses.dataclass(frozen=True)
class Work:
    """`folder` gets include/, lib/, a licence and the version; `archives` are the library's own, `needs` the
    folders of the libraries that it needs, by name."""
    folder: pathlib.Path
    target: Target
    archives: list
    needs: dict
    env: dict
    log: pathlib.Path

    @property
    def sources(self):
        return self.folder / "sources"

    def unpack(self, archive, folder, name):
        """One folder of an archive, as the folder `name` of the sources."""
        with tarfile.open(archive) as tar:
            tar.extractall(self.sources, members=[member for member in tar if member.name.startswith(folder + "/")])
        (self.sources / folder).rename(self.sources / name)
        return self.sources / name

    def run(self, command, cwd, what, env=None):
        run(command, self.log, cwd=cwd, env=env or self.env, what=what)

    def cmake(self, source, flags, *options):
        """Builds and installs a project of CMake's."""
        build = self.sources / "build"
        configure = ["cmake", "-S", source, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_SYSTEM_NAME=Linux",
                     f"-DCMAKE_SYSTEM_PROCESSOR={self.target.arch.cpu}", f"-DCMAKE_INSTALL_PREFIX={self.folder}", "-DCMAKE_INSTALL_LIBDIR=lib",
                     f"-DCMAKE_FIND_ROOT_PATH={';'.join(map(str, (self.folder, *self.needs.values())))}",
                     "-DCMAKE_FIND_ROOT_PATH_MODE_LIBRARY=ONLY", "-DCMAKE_FIND_ROOT_PATH_MODE_INCLUDE=ONLY",
                     f"-DCMAKE_C_FLAGS={C_FLAGS}", f"-DCMAKE_CXX_FLAGS={flags}", "-DCMAKE_C_FLAGS_DEBUG=", "-DCMAKE_CXX_FLAGS_DEBUG=",
                     f"-DCMAKE_C_FLAGS_RELEASE={DEBUG} -DNDEBUG", f"-DCMAKE_CXX_FLAGS_RELEASE={DEBUG} -DNDEBUG",
                     "-DCMAKE_POLICY_VERSION_MINIMUM=3.5",
                     # To tell the compiler, CMake need not link.
                     "-DCMAKE_C_COMPILER_ID_TEST_FLAGS_FIRST=-c", "-DCMAKE_CXX_COMPILER_ID_TEST_FLAGS_FIRST=-c"]
        self.run([*configure, *options], None, f"CMake for {source.name}")
        self.run(["cmake", "--build", build, "--target", "install", "-j", jobs()], None, f"building {source.name}")
