# SPDX-License-Identifier: Apache-2.0
"""Bad input, in Puppet's words and the library's: one sentence, the exit code, and nothing half done."""

import json
import os
import secrets
import subprocess

from support import ROOT, Code, PuppetTest, declaration

GHOST = "aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb"
FUNCTION = """\
Puppet::Functions.create_function(:'trial::{name}') do
  dispatch(:made) {{}}
  def made
    {body}
  end
end
"""


class InputTest(PuppetTest):
    def sentence(self, run, title="example"):
        """The only error, and it is one line."""
        found = run.error(title)
        self.assertIsNotNone(found, run.output)
        self.assertNotIn("\n", found)
        self.assertEqual(len(run.of(title, "err")), 1, run.output)
        return found

    def test_what_the_library_refuses_fails_the_resource_and_changes_nothing(self):
        # Each has a key of its own in one run.
        cases = {
            "types": ({"retries": "3"}, "retries: must be an integer from 0 to 10, not a string"),
            "booleans": ({"use_proxy": "no"}, "use_proxy: must be true or false, not a string"),
            "texts": ({"expires_in": 5}, "expires_in: must be a duration"),
            "choices": ({"adopt": "maybe"}, "adopt: must be one of never, replace, not 'maybe'"),
            "expiries": ({"expires_in": "1h", "expires_at": "2099-01-01T00:00:00Z"}, "expires_in and expires_at exclude each other; give only one"),
            "needs": ({"renew_splay": "1h"}, "renew_before"),
            "soon": ({"timeout": "soon"}, "timeout: must be a duration like 30s, or a number of seconds, from 100ms to 24h0m0s"),
            "short": ({"timeout": "1ms"}, "timeout: must be a duration like 30s"),
            "long": ({"timeout": 90000}, "timeout: must be a duration like 30s"),
            "listed": ({"timeout": ["30s"]}, "timeout: must be a duration like 30s"),
            "no-file": ({"secret_file": None}, "secret_file: is needed to create access key 'no-file'"),
            "nobody": ({"user": "nobody@example.com"}, "nobody@example.com"),
            "down": ({"host": "localhost:1"}, "cannot connect to localhost:1"),
            "stranger": ({"access_key": GHOST}, "answered 401"),
            "objects": ({"user": Code("/regular expression/")}, "user: cannot be an instance of Regexp"),
        }
        manifest = "".join(self.key(title, **{"secret_file": str(self.folder / f"{title}.key"), **more}) for title, (more, _) in cases.items())
        for arguments in ((), ("--noop",)):
            run = self.applied(4, manifest, *arguments)
            for title, (_, words) in cases.items():
                self.assertIn(words, self.sentence(run, title), title)
        self.assertEqual(self.live(), [])
        self.assertEqual(sorted(path.name for path in self.folder.glob("*.key")), [])
        self.assertNotIn(GHOST, run.output)

    def test_what_puppet_itself_refuses_fails_the_catalogue(self):
        for manifest, words in ((self.key(nmae="example"), "no parameter named 'nmae'"),
                                (self.key(state="maybe"), 'Invalid value "maybe". Valid values are present, absent.'),
                                (self.key() + self.key("other", name="example"), "Cannot alias Infra_access_key[other]")):
            run = self.apply(manifest)
            self.assertEqual(run.code, 1, run.output)
            self.assertIn(words, run.output)
        self.assertEqual(self.live(), [])

    def test_what_depends_on_a_key_that_failed_is_skipped(self):
        run = self.applied(4, self.key(adopt="maybe") + "notify { 'after': require => Infra_access_key['example'] }\n")
        self.assertIn("Skipping because of failed dependencies", run.output)

    def test_a_missing_gem_names_the_command_of_this_ruby(self):
        run = self.applied(4, self.key(), environment={"RUBYLIB": None})
        self.assertRegex(self.sentence(run), r"^the Ruby gem infrastate is not installed for Puppet's Ruby \(/\S+\): install it with /\S+/gem install ")
        command = self.sentence(run).partition("install it with ")[2].split()[0]
        self.assertTrue(os.access(command, os.X_OK), command)

    def test_a_missing_library_is_named_for_each_key_without_another_word(self):
        run = self.applied(4, self.key() + self.key("second", secret_file="/nowhere"), environment={"INFRASTATE_LIBRARY": "/nowhere/lib.so"})
        for title in ("example", "second"):
            self.assertRegex(self.sentence(run, title), r"^libinfrastate was looked for as /nowhere/lib\.so and cannot be loaded \(.*\); INFRASTATE_LIBRARY ")
        self.assertNotIn("already initialized constant", run.output)

    def test_a_library_that_is_too_old_or_too_new_is_refused(self):
        for source, words in (("int nothing;", "it is no libinfrastate, or one that is too old"),
                              ("unsigned infrastate_abi_version(void) { return 1u << 16; }", "or one that is too old"),
                              ("unsigned infrastate_abi_version(void) { return 2u << 16; }", "has interface 2.0; 1.x is needed")):
            other = self.folder / "other.so"
            subprocess.run(["cc", "-shared", "-fPIC", "-o", other, "-x", "c", "-"], input=source, text=True, check=True)
            run = self.applied(4, self.key(), environment={"INFRASTATE_LIBRARY": str(other)})
            self.assertIn(words, self.sentence(run))
        self.assertEqual(self.live(), [])

    def test_the_gem_may_be_installed_by_the_same_run(self):
        """The key requires the package of this name, though it stands before it, and finds what that installed."""
        late = self.folder / "late"
        late.mkdir()
        provider = self.modules / "late" / "lib" / "puppet" / "provider" / "package"
        provider.mkdir(parents=True)
        (provider / "late.rb").write_text(
            "require 'puppet/provider/package'\nPuppet::Type.type(:package).provide(:late, parent: Puppet::Provider::Package) do\n  has_feature :installable, :versionable\n"
            "  def self.instances; []; end\n"
            f"  def query; nil; end\n  def install; FileUtils.cp_r({json.dumps(str(ROOT / 'abi/bindings/ruby'))} + '/.', {json.dumps(str(late))}); end\n"
            "end\n")
        run = self.applied(2, self.key() + "package { 'infrastate': ensure => present, provider => late }\n", environment={"RUBYLIB": str(late / "lib")})
        self.assertRegex(run.event("example"), "^create ")


class ValuesTest(PuppetTest):
    def function(self, name, body):
        folder = self.modules / "trial" / "lib" / "puppet" / "functions" / "trial"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.rb").write_text(FUNCTION.format(name=name, body=body))

    def test_every_parameter_takes_a_sensitive_value(self):
        schema = json.loads(subprocess.run([os.environ["INFRASTATE_MODULES"] + "/infra_access_key", "--schema"], capture_output=True, check=True).stdout)
        text = secrets.token_hex(12)
        # Under the plan that fails, no value is shown.
        names = [param["name"] for param in schema["resources"][0]["params"] + schema["connection"]["params"]
                 if param["name"] not in ("state", "name")]
        values = {name: Code(f"Sensitive('{'20s' if name == 'timeout' else text}')") for name in names}
        run = self.applied(4, declaration("example", state=Code("Sensitive('present')"), **values))
        self.assertIn("exclude each other", run.error("example"))
        self.assertNotIn("as sensitive", run.output)
        self.assert_nowhere([text], run.output)

    def test_sensitive_values_work_inside_of_others(self):
        keepers = Code("Sensitive({ 'release' => Sensitive('7'), Sensitive('place') => 'x' })")
        manifest = self.key(user=Code(f"Sensitive('{self.user}')"), keepers=keepers, state=Code("Sensitive('present')"), mode=Code("Sensitive('0640')"))
        self.applied(2, manifest)
        self.assertEqual((len(self.live()), self.file.stat().st_mode & 0o777), (1, 0o640))
        self.applied(0, self.key(keepers={"release": "7", "place": "x"}, mode="0640"))
        self.assertEqual(self.applied(2, self.key(keepers={"release": "8", "place": "x"}, mode="0640")).plan("example")["reason"], "rotation_due")

    def test_deferred_secrets_are_resolved_on_the_host(self):
        self.function("key", "Puppet::Pops::Types::PSensitiveType::Sensitive.new(ENV.fetch('TRIAL_KEY'))")
        self.function("plain", "ENV.fetch('TRIAL_KEY')")
        outputs = []
        for number, (value, option) in enumerate((("Deferred('trial::key')", "--preprocess_deferred"), ("Deferred('trial::key')", "--no-preprocess_deferred"),
                                                  ("Sensitive(Deferred('trial::plain'))", "--preprocess_deferred"))):
            manifest = self.key(access_key=Code(value))
            run = self.applied(0 if number else 2, manifest, option, environment={"TRIAL_KEY": self.admin})
            outputs.append(run.output)
        self.assertEqual(len(self.live()), 1)
        self.assert_nowhere([self.admin, self.file.read_text()], *outputs)

    def test_times_and_durations_of_the_language_are_taken(self):
        run = self.applied(2, self.key(expires_in=Code("Timespan('30-01:00:00')"), timeout=Code("Timespan('0-00:00:20')"))
                           + self.key("other", secret_file=str(self.folder / "other.key"), expires_at=Code("Timestamp('2099-01-01T01:00:00Z')")))
        self.assertIsNone(run.error("example"), run.output)
        self.applied(0, self.key(expires_in="721h"))
        self.applied(0, self.key("other", secret_file=str(self.folder / "other.key"), expires_at="2099-01-01T01:00:00Z"))

    def test_a_title_is_a_name_a_file_or_an_id(self):
        run = self.applied(2, self.key(str(self.file), secret_file=None) + self.key("title", name="named", secret_file=str(self.folder / "named.key")))
        rows = {row["name"]: row["id"] for row in self.rows(self.owner)}
        self.assertEqual(len(rows), 2)
        derived = next(name for name in rows if name != "named")
        self.assertRegex(derived, "^infra-[a-z0-9]{16}$")
        self.assertIn(f"'{derived}'", run.event(str(self.file)))
        self.applied(0, self.key(str(self.file), secret_file=None))
        self.applied(2, self.key(f"id:{rows['named']}", secret_file=None, state="absent"))
        self.assertEqual([row["name"] for row in self.rows(self.owner)], [derived])

    def test_two_users_may_have_keys_of_one_name(self):
        owner, user = self.new_user()
        self.applied(2, self.key("one", name="same") + self.key("two", name="same", user=user, secret_file=str(self.folder / "two.key")))
        self.assertEqual((len(self.live()), len(self.rows(owner))), (1, 1))
        gone = {"name": "same", "secret_file": None, "state": "absent"}
        self.applied(2, self.key("one", **gone) + self.key("two", user=user, **gone))
        self.assertEqual((self.live(), self.rows(owner)), ([], []))

    def test_settings_that_are_left_out_come_from_the_environment(self):
        settings = {"INFRA_HOST": os.environ["INFRA_TEST_URL"], "INFRA_ACCESS_KEY": self.admin,
                    "INFRA_SERVER_CERTIFICATE_FILE": os.environ["INFRA_TEST_CA_FILE"]}
        manifest = declaration("example", user=self.user, secret_file=str(self.file))
        self.applied(2, manifest, environment={**settings, "INFRA_TIMEOUT": "20s"})
        run = self.applied(4, manifest, environment={**settings, "INFRA_TIMEOUT": "soon"})
        self.assertIn("timeout: must be a duration", run.error("example"))
        self.applied(0, self.key(timeout="20s"), environment={"INFRA_TIMEOUT": "soon", "INFRA_HOST": "localhost:1"})
