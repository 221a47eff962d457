# SPDX-License-Identifier: Apache-2.0
"""The reader of the pages finds every block, and a block that fails is noticed."""

import subprocess
import unittest
import unittest.mock

import blocks
import fresh


class BlocksTest(unittest.TestCase):
    def test_blocks_of_commands_are_found_and_others_are_not(self):
        text = "# x\n```sh\na\nb \\\n  c   # why\n```\n```yaml\nd: 1\n```\n  ```sh\n  e\n  ```\n```\nf\n```\n```shell-session\n$ g\n```\n"
        self.assertEqual([(each.line, each.commands) for each in blocks.blocks_of("p.md", text)], [(3, ["a", "b c   # why"]), (11, ["  e"])])
        self.assertEqual(blocks.Block("p.md", 1, "f() {\n  a\n}\nf   # now\n# only this\nx &").commands, ["f() {\n  a\n}", "f   # now", "x &"])
        with self.assertRaises(SystemExit):
            blocks.blocks_of("p.md", "```sh\na\n")

    def test_the_pages_have_blocks_and_each_entry_of_the_table_has_its_own(self):
        found = blocks.all_blocks(fresh.ROOT)
        # A fresh root gets its packages and its simulator by this first line.
        self.assertEqual((found[0].page, found[0].commands[0].split()[0]), ("README.md", "scripts/demo"))
        entries = [id(blocks.how(block)) for block in found if blocks.how(block)]
        self.assertEqual(sorted(entries), sorted(map(id, blocks.HOW.values())), "an entry without a block, or with two")
        for block in found:
            if way := blocks.how(block):
                for old, _ in (*way.replace, *way.replace_here):
                    self.assertTrue(old in block.text or old in way.before, f"{block.name} does not say {old}")
                for command in way.not_in_root:
                    self.assertIn(command, [each.split("#")[0].strip() for each in block.commands])
                self.assertTrue(way.here is None or way.why, f"{block.name} is not run whole, and nobody says why")

    def run_block(self, text, **way):
        block = blocks.Block("page.md", 1, text)
        with unittest.mock.patch.dict(blocks.HOW, {("page.md", text[:2]): blocks.How(**way)}):
            return subprocess.run(["bash", "-c", blocks.script(block, fresh=False)], capture_output=True, text=True, check=False)

    def test_a_command_that_fails_is_found_wherever_it_stands(self):
        for text, way in (("false\ntrue", {}), ("true && false && true\ntrue", {}), ("true\nfalse   # why", {}), ("cd /nonexistent\ntrue", {}),
                          ("echo x |\\\n  false\ntrue", {}), ("true\n", {"after": "test -e /nonexistent"}), ("true", {"before": "false"})):
            with self.subTest(text):
                self.assertNotEqual(self.run_block(text, **way).returncode, 0)

    def test_one_shell_runs_all_the_commands_of_a_block(self):
        done = self.run_block("a=1; cd /usr\nexport b=it\\'s\necho \"$a $b $PWD\"   # shows it")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "1 it's /usr"), done.stderr)


if __name__ == "__main__":
    unittest.main()
