# SPDX-License-Identifier: Apache-2.0
"""What is promised for ten years is compared with the release, symbol by symbol, type by type and field by
field. Each comparison is first shown to be able to fail."""

import json
import os
import re
import shutil
import subprocess

import infrastate
from shapes import Shapes
from support import ABI, ROOT, LibraryTest, ServerTest, library, sanitized

HEADER = ABI / "infrastate.h"
RELEASED = ROOT / "tests" / "abi" / "released"
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic-errors", "-fsyntax-only"]


def listed():
    """The names in the version script."""
    return sorted(re.findall(r"^\s+(infrastate_\w+);$", (ABI / "infrastate.map").read_text(), re.MULTILINE))


class SymbolTest(LibraryTest):
    def exported(self):
        lines = self.must_run("nm", "-D", "--defined-only", library()).splitlines()
        return sorted(line.split()[2].split("@")[0] for line in lines if line.split()[1] != "A")

    def test_exactly_the_listed_names_are_exported(self):
        extra = [name for name in self.exported() if not sanitized() or name.startswith("infrastate")]
        self.assertEqual(extra, listed())

    def test_the_header_declares_exactly_the_listed_names(self):
        text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.DOTALL)
        self.assertEqual(sorted(set(re.findall(r"\b(infrastate_\w+)\(", text))), listed())

    def test_the_python_package_knows_every_function(self):
        from infrastate import _library
        self.assertEqual(sorted(_library._FUNCTIONS), listed())

    def test_every_function_is_tried_with_a_thread_that_is_cancelled(self):
        text = (ROOT / "tests" / "abi" / "pthread_cancel_test.cpp").read_text()
        tried = set(re.findall(r'^    \{"(\w+)["?,]', text, re.MULTILINE))
        self.assertEqual(sorted(f"infrastate_{name}" for name in tried), listed())

    def test_the_soname_is_the_major_version(self):
        self.assertIn("[libinfrastate.so.1]", self.must_run("readelf", "-d", library()))

    def test_each_function_documents_when_it_came(self):
        text = HEADER.read_text()
        for name in listed():
            before = text[:re.search(rf"^INFRASTATE_API [^;]*?\b{name}\(", text, re.MULTILINE).start()]
            comment = before[before.rindex("/*"):]
            self.assertRegex(comment, r"Since 1\.\d+\.", name)


class HeaderTest(LibraryTest):
    # The version that scripts/lint uses may be installed under its own name only.
    COMPILERS = {"c": {"gcc": ("gcc",), "clang": ("clang", "clang-14")}, "c++": {"gcc": ("g++",), "clang": ("clang++", "clang++-14")}}

    def compiles_with(self, kind):
        """A compiler that is missing is reported, not passed over."""
        for language, standards in (("c", ("c89", "c99", "c11")), ("c++", ("c++98", "c++11", "c++20"))):
            programs = self.COMPILERS[language][kind]
            there = [program for program in programs if shutil.which(program)]
            if not there:
                self.missing(f"there is no {programs[0]}")
            for compiler in there:
                for standard in standards:
                    with self.subTest(compiler=compiler, standard=standard):
                        self.must_run(compiler, f"-std={standard}", "-x", language, *STRICT, HEADER)

    def test_it_compiles_as_c_and_cxx_of_every_age_with_gcc(self):
        self.compiles_with("gcc")

    def test_it_compiles_as_c_and_cxx_of_every_age_with_clang(self):
        self.compiles_with("clang")

    def test_a_header_that_is_none_of_these_is_found(self):
        bad = self.folder / "bad.h"
        bad.write_text("// a comment of C99\n" + HEADER.read_text())
        done = subprocess.run(["gcc", "-std=c89", "-x", "c", *STRICT, str(bad)], capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_functions_do_not_throw_in_cxx(self):
        source = self.folder / "check.cpp"
        calls = "".join(f"static_assert(noexcept({name}({arguments})), \"\");\n" for name, arguments in
                        (("infrastate_version", ""), ("infrastate_describe", "nullptr"), ("infrastate_cancel_new", ""),
                         ("infrastate_plan", "nullptr, nullptr, 0, nullptr, nullptr"), ("infrastate_result_free", "nullptr")))
        source.write_text(f'#include "infrastate.h"\n{calls}')
        self.must_run("g++", "-std=c++11", "-I", ABI, "-fsyntax-only", source)

    def test_codes_are_those_that_were_released(self):
        def codes(path):
            return dict(re.findall(r"^#define (INFRASTATE_[A-Z_]+) (\d+)", path.read_text(), re.MULTILINE))
        now = codes(HEADER)
        for release in RELEASED.iterdir():
            for name, number in codes(release / "infrastate.h").items():
                if name != "INFRASTATE_ABI_MINOR":
                    self.assertEqual(now.get(name), number, f"{name} of {release.name}")
        described = {code["name"]: code["number"] for code in infrastate.describe()["codes"]}
        for name, number in described.items():
            self.assertEqual(now[f"INFRASTATE_{name}"], str(number))

    def test_a_program_of_each_release_runs_with_todays_library(self):
        for release in sorted(RELEASED.iterdir()):
            with self.subTest(release=release.name):
                program = self.folder / f"old-{release.name}"
                flags = ["-fsanitize=address,undefined"] if sanitized() else []
                self.must_run("cc", *flags, "-I", release, "-o", program, release / "c_test.c", library())
                output = self.must_run(program, env={**os.environ, "LD_LIBRARY_PATH": str(library().parent)})
                self.assertRegex(output, r"\d+ passed, 0 failed")


class AbidiffTest(LibraryTest):
    RELEASE = ABI / "infrastate-1.0.abi"

    def setUp(self):
        super().setUp()
        if shutil.which("abidw") is None:
            self.missing("there is no abidw (abigail-tools)")
        if sanitized():
            self.skipTest("a sanitized library is not what is released")

    def dump(self, path):
        out = self.folder / (path.name + ".abi")
        out.write_text(self.must_run(ABI / "dump", path))
        return out

    def compare(self, old, new):
        done = subprocess.run(["abidiff", "--no-added-syms", str(old), str(new)], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_the_interface_is_the_released_one_or_more(self):
        now = self.dump(library())
        # A dump that saw no symbols or no types would find no difference either.
        self.assertEqual(sorted(set(re.findall(r"<elf-symbol name='(\w+)'", now.read_text()))), listed())
        self.assertRegex(now.read_text(), r"<function-decl name='infrastate_plan' mangled-name='infrastate_plan'")
        self.assertRegex(self.RELEASE.read_text(), r"<function-decl name='infrastate_plan' mangled-name='infrastate_plan'")
        code, text = self.compare(self.RELEASE, now)
        self.assertEqual(code, 0, text)

    def test_a_changed_interface_is_found(self):
        text = self.RELEASE.read_text()
        removed = self.folder / "removed.abi"
        removed.write_text(re.sub(r"\s*<elf-symbol name='infrastate_info'[^\n]*", "", text))
        self.assertNotEqual(self.compare(self.RELEASE, removed)[0], 0)
        # A parameter gets another type: size_t where int32_t was.
        wider = re.search(r"<typedef-decl name='size_t' type-id='\w+' id='(\w+)'", text).group(1)
        begin = text.index("<function-decl name='infrastate_code_name'")
        changed = self.folder / "changed.abi"
        changed.write_text(text[:begin] + re.sub(r"<parameter type-id='\w+'", f"<parameter type-id='{wider}'", text[begin:], count=1))
        code, said = self.compare(self.RELEASE, changed)
        self.assertNotEqual(code, 0)
        self.assertIn("infrastate_code_name", said)

    def test_a_library_without_debug_information_is_refused(self):
        stripped = self.folder / "stripped.so"
        self.must_run("strip", "-o", stripped, library())
        done = subprocess.run([ABI / "dump", stripped], capture_output=True, text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no debug information", done.stderr)


class ShapeTest(ServerTest):
    """Results are what infrastate_describe() says about them."""

    def setUp(self):
        super().setUp()
        self.shapes = Shapes()

    def check(self, value, shape, where):
        self.assertEqual(self.shapes.faults(value, shape, where), [])

    def test_results_have_the_described_shapes(self):
        client = self.client()
        _, user = self.new_user()

        def ask(function, request, shape):
            answer = client._call(function, request, None, None)
            self.check(answer, shape, f"{function} {json.dumps(request)}")
            return answer

        def ask_of_each(wanted):
            """A batch only says that its results are results; each request says of which resource."""
            requests = [{"resource": name, "desired": desired} for name, desired in wanted]
            answer = client._call("infrastate_apply", {"requests": requests}, None, None)
            for (name, _), one in zip(wanted, answer["results"], strict=True):
                self.check(one, f"{name}.result" if f"{name}.result" in self.shapes else "result", f"batch {name}")
            self.check({**answer, "results": []}, "batch_result", "batch")

        wanted = [{"name": "shaped", "user": user}] * 2 + [{"name": "shaped", "user": user, "expires_in": "3h"}, {"name": "?"},
                  {"name": "ab", "user": "nobody@example.com"}, {"name": "shaped", "user": user, "state": "absent"},
                  {"name": "shaped", "user": user, "expires_in": "5h", "recreate": "never"}]
        for desired in wanted:
            for function in ("infrastate_plan", "infrastate_apply"):
                ask(function, {"resource": "access_key", "desired": desired}, "access_key.result")
                ask(function, {"resource": "nothing", "desired": desired}, "result")
        ask_of_each([("access_key", desired) for desired in wanted] + [("nothing", {})])
        ask("infrastate_info", {"resource": "access_key", "query": {"user": user}}, "access_key_info.result")
        ask("infrastate_info", {"resource": "access_key", "query": {"user": "nobody@example.com"}}, "access_key_info.result")
        ask("infrastate_info", {"resource": "nothing"}, "info_result")
