# SPDX-License-Identifier: Apache-2.0
"""The life of a key with the real `puppet apply`: twice, noop, drift, refresh, absent; and where secrets are."""

import os
import re
import secrets
import shutil
import subprocess
import time

from support import MODULE, Code, PuppetTest

BELL = "notify {{ 'bell': message => '{}' }}\nNotify['bell'] ~> Infra_access_key['example']\n"


class LifeTest(PuppetTest):
    def test_a_key_is_made_left_alone_replaced_rotated_and_removed(self):
        drifted = self.key(expires_in="700h")
        outputs, made = [], []

        def run(code, manifest, *arguments, event=None, noop=False):
            done = self.applied(code, manifest, *arguments)
            outputs.append(done.output)
            if event is None:
                self.assertIsNone(done.event("example"), done.output)
            else:
                self.assertRegex(done.event("example"), f"^{event} access key 'example' of user '{self.user}'.*: .")
                self.assertEqual(done.event("example").endswith(" (noop)"), noop)
            if self.file.exists():
                made.append(self.file.read_text())
            return done

        run(0, self.key(), "--noop", event="create", noop=True)
        self.assertEqual((self.live(), self.file.exists()), ([], False))
        run(2, self.key(), event="create")
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
        run(0, self.key())
        run(0, drifted, "--noop", event="replace", noop=True)
        self.assertEqual(made[-1], made[-2])
        run(2, drifted, event="replace")
        self.assertNotEqual(made[-1], made[-2])
        rung = run(2, drifted + BELL.format("first"))
        told, triggered = rung.of("example", "notice")
        self.assertRegex(told, f"^replace access key 'example' of user '{self.user}': .* is due for rotation")
        self.assertEqual(triggered, "Triggered 'refresh' from 1 event")
        self.assertNotEqual(made[-1], made[-2])
        self.assertEqual(self.opens(self.file.read_text()), self.owner)
        run(0, self.key(state="absent"), "--noop", event="delete", noop=True)
        self.assertEqual(len(self.live()), 1)
        run(2, self.key(state="absent"), event="delete")
        self.assertEqual((self.live(), self.file.exists()), ([], False))
        run(0, self.key(state="absent"))
        self.assertEqual(len(set(made)), 3)
        self.assert_nowhere([*made, self.admin], *outputs)

    def test_a_refresh_rotates_with_an_overlap_once_and_not_in_the_run_that_made_the_key(self):
        manifest = self.key(overlap="1h") + BELL.format("x")
        first = self.applied(2, manifest)
        self.assertEqual(len(self.live()), 1)
        self.assertEqual(first.plan("example")["reason"], "absent")
        second = self.applied(2, manifest)
        self.assertEqual(second.plan("example"), {"reason": "rotation_due", "actions": ["create"], "changed": True})
        self.assertEqual(len(self.live()), 2)
        noop = self.applied(0, manifest, "--noop")
        self.assertIn("Would have triggered 'refresh' from 1 event", "\n".join(noop.of("example")))
        self.assertEqual(len(self.live()), 2)
        self.applied(2, self.key(overlap="1h", state="absent") + BELL.format("y"))
        self.assertEqual(self.live(), [])

    def test_a_refresh_that_fails_fails_the_run(self):
        self.applied(2, self.key())
        before = self.live()
        run = self.applied(6, self.key(recreate="never") + BELL.format("x"))
        self.assertIn("recreate: never does not allow replacing it", "\n".join(run.of("example", "err")))
        self.assertEqual(self.live(), before)

    def test_no_secret_is_shown_or_left_behind_even_with_backtraces(self):
        """The administrator's key, a password, a kept secret and a passphrase; with and without Sensitive."""
        self.applied(2, self.key())
        kept, passphrase, wrong = self.file.read_text(), secrets.token_hex(12), secrets.token_hex(12)
        password = os.environ["INFRA_TEST_ADMIN_PASSWORD"]
        login = {"access_key": None, "username": os.environ["INFRA_TEST_ADMIN_USER"]}
        shown = []
        for wrap in (lambda value: value, lambda value: Code(f"Sensitive('{value}')")):
            other = str(self.folder / f"other-{len(shown)}.key")
            manifest = (self.key(current_secret=wrap(kept)) + self.key(f"login-{len(shown)}", secret_file=other, **login, password=wrap(password))
                        + self.key("refused", secret_file=other + "2", **login, password=wrap(wrong))
                        + self.key("wrong", secret_file=other + "3", access_key=wrap(wrong))
                        + self.key("phrase", secret_file=other + "4", client_cert="/nowhere.pem", client_key_passphrase=wrap(passphrase)))
            run = self.applied(6, manifest, "--trace", "--evaltrace", "--summarize", "--profile")
            shown.append(run.output)
            self.assertNotIn("as sensitive", run.output)
            for title in ("refused", "wrong", "phrase"):
                self.assertTrue(run.error(title), run.output)
            self.assertIsNone(run.error("example"), run.output)
            self.assertRegex(run.event(f"login-{len(shown) - 1}"), "^create ")
        self.assert_nowhere([kept, password, passphrase, wrong, self.admin], *shown)

    def test_a_run_that_changes_nothing_costs_one_request(self):
        self.applied(2, self.key())
        begun = time.monotonic()
        run = self.applied(0, self.key())
        whole = time.monotonic() - begun
        self.assertEqual(re.findall(r"libinfrastate: (\w+ /\S+): 200", run.output), ["GET /api/access-keys"])
        begun = time.monotonic()
        self.applied(0, "")
        empty = time.monotonic() - begun
        print(f"{whole:.1f} s with a key that needs no change, {empty:.1f} s with an empty manifest ", end="")


class ExamplesTest(PuppetTest):
    def test_the_application_of_the_example_gets_its_key(self):
        """As the README has it, with the paths of this test; the service is not started."""
        text = (MODULE / "examples" / "app.pp").read_text()
        admin = self.folder / "admin.key"
        admin.write_text(self.admin)
        admin.chmod(0o600)
        for old, new in (("/etc/my-app/infra.key", str(self.folder / "my-app" / "infra.key")), ("/etc/my-app", str(self.folder / "my-app")),
                         ("/etc/infra/admin.key", str(admin)), ("https://infra.example.com", os.environ["INFRA_TEST_URL"]),
                         ("  owner              => 'my-app',\n", f"  user => '{self.user}',\n")):
            self.assertIn(old, text)
            text = text.replace(old, new)
        text = text[:text.index("service {")]
        environment = {"INFRA_SERVER_CERTIFICATE_FILE": os.environ["INFRA_TEST_CA_FILE"]}
        # The file is last in the manifest: the key requires its folder by itself.
        folder, rest = text[:text.index("infra_access_key")], text[text.index("infra_access_key"):]
        self.applied(2, rest + folder, environment=environment)
        self.assertEqual(self.opens((self.folder / "my-app" / "infra.key").read_text()), self.owner)
        self.applied(0, text, environment=environment)


class HieraTest(PuppetTest):
    def test_the_key_of_the_administrator_is_encrypted_in_hiera(self):
        if shutil.which("eyaml") is None:
            self.missing("there is no eyaml")
        production = self.folder / "environments" / "production"
        shutil.copytree(MODULE / "examples" / "eyaml", production)
        (production / "modules").mkdir()
        (production / "modules" / "infrastate").symlink_to(MODULE)
        keys = [f"--pkcs7-{kind}-key={self.folder}/{kind}.pem" for kind in ("private", "public")]
        subprocess.run(["eyaml", "createkeys", *keys], check=True, capture_output=True)
        encrypted = subprocess.run(["eyaml", "encrypt", *keys, "--output=string", "--stdin"], input=self.admin, text=True,
                                   capture_output=True, check=True).stdout.strip()
        self.assertTrue(encrypted.startswith("ENC[PKCS7,"), encrypted[:40])

        def replace(name, *pairs):
            text = (production / name).read_text()
            for old, new in pairs:
                self.assertIn(old, text)
                text = text.replace(old, new)
            (production / name).write_text(text)

        replace("hiera.yaml", *((f"/etc/puppetlabs/puppet/eyaml/{kind}_key.pkcs7.pem", f"{self.folder}/{kind}.pem") for kind in ("private", "public")))
        replace("data/common.eyaml", ("ENC[PKCS7,PUT-THE-OUTPUT-OF-EYAML-HERE]", encrypted), ("    owner: my-app\n", f"    user: {self.user}\n"),
                ("/etc/my-app/", f"{self.folder}/my-app-"), ("/etc/my-batch/", f"{self.folder}/my-batch-"))
        replace("manifests/site.pp", ("'https://infra.example.com'", f"'{os.environ['INFRA_TEST_URL']}',\n  'server_certificate_file' => '{os.environ['INFRA_TEST_CA_FILE']}'"))
        manifest = (production / "manifests" / "site.pp").read_text()
        quiet = self.applied(2, manifest, "--environmentpath", str(production.parent), modules=False, level="--verbose")
        secret = (self.folder / "my-app-infra.key").read_text()
        self.assertEqual(self.opens(secret), self.owner)
        # At the level debug, Hiera itself prints each value that it looked up: the README says so.
        output = self.applied(0, manifest, "--environmentpath", str(production.parent), modules=False).output
        own = [line for line in output.splitlines() if not line.strip().startswith('Found key: "infra::access_key" value: ')]
        self.assert_nowhere([self.admin, secret], quiet.output, "\n".join(own))
        self.call("DELETE", f"/api/access-keys/{self.row(self.connector, 'my-batch')['id']}")
