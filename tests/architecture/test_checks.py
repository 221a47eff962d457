# SPDX-License-Identifier: Apache-2.0
"""Each check of checks.py can fail: it reports a small tree with one fault, and the same tree without the fault
passes."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import checks

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
HEADER = SPDX + "// What it is for.\n// What it is not.\n#pragma once\n"
GOOD = {
    "include/infrastate/types/secret.h": HEADER + "#include <string>\nstruct Secret { std::string bytes; };\n",
    "include/infrastate/plan/plan.h": HEADER + '#include "infrastate/types/secret.h"\nSecret plan();\n',
    "src/plan/plan.cpp": SPDX + '#include "infrastate/plan/plan.h"\nSecret plan() { return {}; }\n',
    "src/json/reader.cpp": SPDX + "#include <Poco/JSON/Parser.h>\n",
    "scripts/setup": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n",
}


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in GOOD.items():
            self.put(name, text)

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def finds(self, check, words):
        findings = check(self.root)
        self.assertTrue(any(words in f for f in findings), f"{words!r} not in {findings}")

    def test_a_good_tree_passes_every_check(self):
        for check in (checks.include_arrows, checks.outside_libraries, checks.header_openings, checks.file_sizes,
                      checks.spdx, checks.forbidden_strings, checks.text_form, checks.self_contained_headers):
            self.assertEqual(check(self.root), [], check.__name__)

    def test_an_include_against_the_arrows_is_found(self):
        self.put("src/plan/clock.cpp", SPDX + '#include "infrastate/transport/http.h"\n')
        self.finds(checks.include_arrows, "plan may use only types")

    def test_an_include_with_a_blank_after_the_hash_is_found(self):
        self.put("src/types/up.cpp", SPDX + '  #  include "infrastate/plan/plan.h"\n')
        self.finds(checks.include_arrows, "types may use only nothing")

    def test_a_door_may_include_the_cancel_token_but_not_the_rest_of_the_transport(self):
        self.put("modules/main.cpp", SPDX + '#include "infrastate/transport/cancel.h"\n')
        self.assertEqual(checks.include_arrows(self.root), [])
        self.put("modules/main.cpp", SPDX + '#include "infrastate/transport/http.h"\n')
        self.finds(checks.include_arrows, "modules may use only")

    def test_the_simulator_may_not_include_the_client(self):
        self.put("simulator/keys.cpp", SPDX + '#include "infrastate/client/infra_client.h"\n')
        self.finds(checks.include_arrows, "simulator may use only")

    def test_the_simulator_may_not_include_the_products_json(self):
        self.put("simulator/reply.cpp", SPDX + '#include "infrastate/json/json.h"\n')
        self.finds(checks.include_arrows, "simulator may use only nothing")

    def test_the_simulator_includes_only_its_own_and_poco(self):
        self.put("simulator/own.h", HEADER)
        self.put("simulator/good.cpp", SPDX + '#include "own.h"\n#include <Poco/JSON/Object.h>\n#include <openssl/evp.h>\n#include <map>\n#include <sys/prctl.h>\n')
        self.assertEqual(checks.simulator_shares_nothing(self.root), [])
        for line in ('"infrastate/types/value.h"', "<infrastate/types/value.h>", '"modules/masker.h"', '"abi/handles.h"', '"json.h"',
                     "<ares.h/x>", "<cppunit/Test.h>"):
            with self.subTest(line=line):
                self.put("simulator/bad.cpp", SPDX + f"#include {line}\n")
                self.finds(checks.simulator_shares_nothing, "the simulator may use only Poco, OpenSSL and the standard library")

    def test_the_simulator_compiles_only_its_own_sources(self):
        for word in ("../src/json/reader.cpp", "${PROJECT_SOURCE_DIR}/src/types/value.cpp", "$<TARGET_OBJECTS:infrastate_json>"):
            with self.subTest(word=word):
                self.put("simulator/CMakeLists.txt", f"add_executable(infra-simulator api.cpp\n  {word})\n")
                self.finds(checks.simulator_shares_nothing, "not a source of the simulator")

    def test_the_product_may_not_include_the_simulator(self):
        self.put("src/client/x.cpp", SPDX + '#include "simulator/go_text.h"\n')
        self.finds(checks.simulator_shares_nothing, "nothing of the product may use the simulator")

    def test_the_simulator_links_nothing_of_ours_also_not_through_another(self):
        def graph(*edges):
            names = sorted({name for edge in edges for name in edge})
            nodes = "".join(f'"node{i}" [ label = "{name}", shape = box ];\n' for i, name in enumerate(names))
            return nodes + "".join(f'"node{names.index(a)}" -> "node{names.index(b)}"\n' for a, b in edges)

        good = (("infra-simulator", "infrastate_options"), ("infra-simulator", "Poco::JSON"), ("Poco::JSON", "Poco::Foundation"))
        self.assertEqual(checks.simulator_links_nothing(graph(*good)), [])
        self.assertEqual(checks.simulator_links_nothing(graph(*good, ("infra-simulator", "helper"), ("helper", "infrastate_json"), ("helper", "infrastate::infrastate"), ("helper", "PkgConfig::CARES"))),
                         [f"infra-simulator links {name}" for name in ("PkgConfig::CARES", "helper", "infrastate::infrastate", "infrastate_json")])
        self.assertNotEqual(checks.simulator_links_nothing(graph(("other", "infrastate_json"))), [])

    def test_a_way_around_the_layers_is_found(self):
        self.put("src/plan/deep.cpp", SPDX + '#include "../transport/dialer.h"\n')
        self.finds(checks.include_arrows, "way around")

    def test_an_unknown_layer_is_found(self):
        self.put("src/helpers/misc.cpp", SPDX)
        self.finds(checks.include_arrows, "helpers is not in the table")

    def test_poco_in_a_layer_that_may_not_use_it_is_found(self):
        self.put("src/plan/poco.cpp", SPDX + "#include <Poco/Timestamp.h>\n")
        self.finds(checks.outside_libraries, "which only json, transport, simulator may")

    def test_poco_in_a_public_header_is_found(self):
        self.put("include/infrastate/json/poco.h", HEADER + "#include <Poco/Dynamic/Var.h>\n")
        self.finds(checks.outside_libraries, "public header")

    def test_a_header_without_its_two_lines_is_found(self):
        self.put("include/infrastate/types/silent.h", SPDX + "#pragma once\n")
        self.finds(checks.header_openings, "two lines")

    def test_a_header_without_guard_is_found(self):
        self.put("include/infrastate/types/twice.h", SPDX + "// One.\n// Two.\nint x();\n")
        self.finds(checks.header_openings, "no include guard")

    def test_a_header_that_leans_on_others_is_found(self):
        self.put("include/infrastate/types/lean.h", HEADER + "std::string lean();\n")
        self.finds(checks.self_contained_headers, "does not compile by itself")

    def test_a_file_that_is_too_long_is_found(self):
        self.put("src/plan/long.cpp", SPDX + "\n" * checks.MAX_LINES)
        self.finds(checks.file_sizes, "lines, more than")

    def test_a_line_of_yaml_that_is_too_long_is_found(self):
        self.put("playbooks/long.yml", "# " + "x" * checks.MAX_YAML_COLUMNS + "\n")
        self.finds(checks.text_form, "playbooks/long.yml:1: 162 characters")

    def test_a_source_without_licence_is_found(self):
        for name, text in (("src/plan/bare.cpp", "int x;\n"), ("scripts/tool", "#!/bin/sh\necho\n"),
                           ("playbooks/x.yml", "- hosts: all\n")):
            with self.subTest(name):
                self.put(name, text)
                self.finds(checks.spdx, name)

    def test_another_licence_without_its_reason_is_found(self):
        self.put("scripts/x.py", "# SPDX-License-Identifier: GPL-3.0-or-later\nimport os\n")
        self.finds(checks.spdx, "only a file that imports Ansible")

    def test_personal_paths_and_addresses_are_found(self):
        for line in ("cd /home/alice/src", "/Users/bob/x", "see /work/build/log", "/root/.ansible",
                     "http://10.1.2.3/", "192.168.0.17", "https://mirror.example.org/apt", "https://apt.corp/debian"):
            with self.subTest(line):
                self.put("docs/page.md", line + "\n")
                self.finds(checks.forbidden_strings, "docs/page.md:1")

    def test_a_plausible_access_key_is_found_and_an_obviously_made_up_one_is_not(self):
        self.put("tests/x.json", '"k0Wz8QmT3x.Vb7nC2yLr9Kd5Hs1Pf4Gj6Ta"\n')
        self.finds(checks.forbidden_strings, "real access key")
        self.put("tests/x.json", '"' + "a" * 10 + "." + "b" * 24 + '"\n')
        self.assertEqual(checks.forbidden_strings(self.root), [])

    def test_a_private_key_is_found(self):
        self.put("tests/key.pem", "-----BEGIN PRIVATE KEY-----\n" + "M" * 64 + "\n")
        self.finds(checks.forbidden_strings, "a private key")

    def test_untidy_text_is_found(self):
        for text, words in (("x", "no newline"), ("x \n", "blanks"), ("x\r\n", "carriage")):
            with self.subTest(words):
                self.put("docs/page.md", text)
                self.finds(checks.text_form, words)


class Built(unittest.TestCase):
    def library(self, source):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "x.cpp").write_text(source)
        subprocess.run(["g++", "-std=c++20", "-c", "x.cpp", "-o", "x.o"], cwd=root, check=True)
        subprocess.run(["ar", "rcs", "libx.a", "x.o"], cwd=root, check=True)
        return root / "libx.a"

    def test_a_pure_library_passes(self):
        self.assertEqual(checks.pure_library(self.library(
            "#include <string>\nstd::string f(int x) { return std::to_string(x); }\n")), [])

    def test_a_clock_a_file_and_the_environment_are_found(self):
        for source, words in (
                ("#include <chrono>\nauto f() { return std::chrono::system_clock::now(); }", "system_clock"),
                ("#include <ctime>\nlong f() { return time(nullptr); }", "time"),
                ("#include <fstream>\nvoid f() { std::ofstream(\"x\") << 1; }", "fstream"),
                ("#include <cstdlib>\nconst char* f() { return getenv(\"X\"); }", "getenv"),
                ("namespace Poco { void g(); }\nvoid f() { Poco::g(); }", "Poco::g")):
            with self.subTest(words):
                findings = checks.pure_library(self.library(source + "\n"))
                self.assertTrue(any(words in f for f in findings), findings)

    def test_a_library_that_is_not_there_is_found(self):
        self.assertIn("is not built", checks.pure_library("/nonexistent/libx.a")[0])

    def test_a_link_by_detour_is_found(self):
        graph = ('"node0" [ label = "infrastate_plan", shape = octagon ];\n"node1" [ label = "infrastate_types" ];\n'
                 '"node2" [ label = "PocoFoundation\\n(Poco::Foundation)" ];\n'
                 '"node0" -> "node1"  // x\n"node1" -> "node2" [ style = dotted ]\n')
        self.assertEqual(checks.closure_without_libraries(graph, "infrastate_plan", {"infrastate_types"}),
                         ["infrastate_plan links PocoFoundation"])
        self.assertEqual(checks.closure_without_libraries(graph, "infrastate_wire", set()),
                         ["there is no target infrastate_wire"])


if __name__ == "__main__":
    unittest.main()
