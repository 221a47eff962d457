# SPDX-License-Identifier: Apache-2.0
"""Runs tests/abi/bindings_*_test.rb on a simulator, and tests that need Ruby programs of their own."""

import shutil

from support import ABI, ROOT, LibraryTest, ServerTest, program_environment

FOLDER = ABI / "bindings" / "ruby"
GEMSPEC = FOLDER / "infrastate.gemspec"


class RubyTest(ServerTest):
    def setUp(self):
        super().setUp()
        if shutil.which("ruby") is None:
            self.missing("there is no ruby")

    def ruby(self, *arguments, **environment):
        """The output of a program, warnings included."""
        return self.must_run("ruby", "-w", "-I", FOLDER / "lib", *arguments, env=program_environment(**environment))

    def check(self, file):
        output = self.ruby(ROOT / "tests" / "abi" / file, "--verbose", INFRASTATE_GEMSPEC=str(GEMSPEC))
        self.assertRegex(output, r"\b0 failures, 0 errors, 0 skips")
        self.assertNotIn("warning:", output)

    def test_calls_results_and_loggers(self):
        self.check("bindings_test.rb")

    def test_handles_are_closed_forgotten_and_forked(self):
        self.check("bindings_handles_test.rb")

    def test_interrupts_lose_no_secret(self):
        self.check("bindings_interrupts_test.rb")

    def test_values_and_secrets(self):
        self.check("bindings_values_test.rb")

    def test_every_file_of_tests_is_run(self):
        files = {path.name for path in (ROOT / "tests" / "abi").glob("bindings*_test.rb")}
        self.assertEqual(files, {f"bindings{name}_test.rb" for name in ("", "_handles", "_interrupts", "_values")})

    def test_programs_and_children_end_well_with_forgotten_clients_and_threads_inside(self):
        program = """
            options = { host: ENV["INFRA_TEST_URL"], access_key: ENV["INFRA_TEST_ADMIN_KEY"], server_certificate_file: ENV["INFRA_TEST_CA_FILE"] }
            logger = Object.new
            %i[error warn info debug].each { |level| logger.define_singleton_method(level) { |_text| nil } }
            clients = 20.times.map { Infrastate::Client.new(logger: logger, **options) }
            clients.each { |client| client.plan("access_key", { name: "some-key" }, cancel: Infrastate::Cancel.new) }
            2.times { Thread.new { loop { clients.sample.plan("access_key", { name: "some-key" }) } } }
            sleep 0.2
            20.times { Process.wait(fork { nil }) && $?.success? || abort("a child ended with #{$?}") }
        """
        self.assertEqual(self.ruby("-r", "infrastate", "-e", program), "")

    def refusal(self, path):
        """The message of the refusal of a library."""
        return self.ruby("-e", 'begin; require "infrastate"; rescue LoadError => e; puts e.message; end', INFRASTATE_LIBRARY=str(path)).strip()

    def test_a_library_that_is_missing_is_named(self):
        message = self.refusal("/nowhere/libinfrastate.so.1")
        self.assertRegex(message, r"^libinfrastate was looked for as /nowhere/libinfrastate\.so\.1 and cannot be loaded \(.*\); INFRASTATE_LIBRARY ")
        self.assertNotIn("\n", message)
        other = self.folder / "empty.so"
        self.must_run("cc", "-shared", "-fPIC", "-o", other, "-x", "c", "/dev/null")
        self.assertIn(f"{other} has no infrastate_abi_version: it is no libinfrastate", self.refusal(other))

    def test_another_major_version_is_refused(self):
        source, other = self.folder / "other.c", self.folder / "other.so"
        source.write_text("unsigned infrastate_abi_version(void) { return 2u << 16; }\n")
        self.must_run("cc", "-shared", "-fPIC", "-o", other, source)
        self.assertEqual(self.refusal(other), f"{other} has interface 2.0; 1.x is needed")


class GemTest(LibraryTest):
    def test_the_folder_is_a_gem(self):
        if shutil.which("gem") is None:
            self.missing("there is no gem")
        gem = self.folder / "infrastate.gem"
        self.must_run("gem", "build", "infrastate.gemspec", "--output", gem, cwd=FOLDER)
        listed = self.must_run("gem", "specification", gem, "files")
        for name in ("lib/infrastate/library.rb", "LICENSE", "VERSION"):
            self.assertIn(name, listed)

    def test_a_gem_that_carries_the_library_is_for_one_platform(self):
        if shutil.which("gem") is None:
            self.missing("there is no gem")
        copy = self.folder / "ruby"
        shutil.copytree(FOLDER, copy)
        (copy / "lib" / "infrastate" / "libinfrastate.so.1").touch()
        gem = self.folder / "infrastate.gem"
        self.must_run("gem", "build", "infrastate.gemspec", "--output", gem, cwd=copy)
        self.assertIn("linux", self.must_run("gem", "specification", gem, "platform"))
        self.assertIn("lib/infrastate/libinfrastate.so.1", self.must_run("gem", "specification", gem, "files"))

    def test_the_gem_has_the_version_and_license_of_the_project(self):
        for name in ("VERSION", "LICENSE"):
            self.assertEqual((FOLDER / name).read_text(), (ROOT / name).read_text(), name)
