# SPDX-License-Identifier: Apache-2.0
"""scripts/bench: its statistics, its marks, what it says about wrong arguments, and what it does where something is missing.
Nothing here measures time."""

import argparse
import contextlib
import io
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import xml.dom.minidom
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import charts
import clock
import comparisons
import frame
import instructions
import page
import proxy
import servers
import stats


def bench(*arguments, **more):
    return subprocess.run([sys.executable, ROOT / "scripts" / "bench", *arguments], capture_output=True, text=True, check=False, **more)


class StatisticsTest(unittest.TestCase):
    def test_quartiles_lie_between_values_by_a_straight_line(self):
        found = stats.summary([4, 1, 3, 2])
        self.assertEqual((found.low, found.median, found.high, found.count), (1.75, 2.5, 3.25, 4))
        self.assertEqual(stats.summary([7]).median, 7)
        with self.assertRaises(ValueError):
            stats.summary([])

    def test_one_slow_round_moves_no_median(self):
        self.assertEqual(stats.summary([10, 10, 10, 10, 900]).median, 10)

    def test_a_ratio_is_taken_inside_of_each_pair(self):
        # The machine was ten times slower in the second round.
        self.assertEqual(stats.ratios([1, 10, 1], [2, 20, 2]), [0.5, 0.5, 0.5])
        with self.assertRaises(ValueError):
            stats.ratios([1, 2], [1])

    def test_a_line_and_how_well_it_fits(self):
        exact = stats.line([(0, 1), (1, 3), (2, 5)])
        self.assertEqual((exact.slope, exact.start, exact.r2), (2, 1, 1))
        self.assertLess(stats.line([(1, 1), (2, 4), (3, 9), (4, 16), (5, 25), (10, 100)]).r2, 0.99)
        with self.assertRaises(ValueError):
            stats.line([(1, 1), (1, 2)])

    def test_numbers_have_three_digits_that_count(self):
        self.assertEqual([stats.number(value) for value in (0.04234, 0.4234, 4.234, 42.34, 423.4, 1234567.8, 0, 3)],
                         ["0.0423", "0.423", "4.23", "42.3", "423", "1,234,568", "0", "3"])


class WideTest(unittest.TestCase):
    CLOSE, WIDE = [100, 101, 99, 100], [100, 180, 60, 140]

    def test_a_wide_median_is_marked_and_a_close_one_is_not(self):
        self.assertIn(stats.MARK, stats.shown(stats.summary(self.WIDE)))
        self.assertNotIn(stats.MARK, stats.shown(stats.summary(self.CLOSE)))

    def test_the_middle_half_may_be_a_tenth_of_the_median_wide(self):
        self.assertFalse(stats.Summary(95, 100, 105, 9).wide)
        self.assertTrue(stats.Summary(95, 100, 105.1, 9).wide)
        self.assertTrue(stats.Summary(-1, 0, 1, 9).wide)

    def test_a_single_value_counts_as_wide(self):
        self.assertTrue(stats.summary([5]).wide)

    def test_a_wide_median_settles_nothing_if_the_bound_lies_between_its_quartiles(self):
        wide, close = stats.summary(self.WIDE), stats.summary(self.CLOSE)
        for bound in (wide.low, wide.median, wide.high):
            self.assertEqual({stats.verdict(wide, bound, at_most) for at_most in (True, False)}, {"too wide to say"})
        self.assertEqual([stats.verdict(wide, wide.high + 1), stats.verdict(wide, wide.low - 1)], ["kept", "not kept"])
        self.assertEqual(stats.verdict(stats.summary([5]), 1000), "too wide to say")
        self.assertEqual([stats.verdict(close, 100), stats.verdict(close, 99)], ["kept", "not kept"])
        self.assertEqual([stats.verdict(close, 100, at_most=False), stats.verdict(close, 101, at_most=False)], ["kept", "not kept"])

    def test_the_page_explains_the_mark_where_it_stands(self):
        def section(values):
            return page.section(frame.Part(tables=[frame.Table(["what"], [[stats.shown(stats.summary(values))]])]), [], "here")
        self.assertIn("It settles a bound only if both quartiles", section(self.WIDE))
        self.assertNotIn("It settles a bound only if both quartiles", section(self.CLOSE))


class ArgumentsTest(unittest.TestCase):
    def test_the_list_names_every_comparison(self):
        done = bench("--list")
        self.assertEqual((done.returncode, [line.split()[0] for line in done.stdout.splitlines()]), (0, list(comparisons.NAMES)))

    def test_an_unknown_comparison_is_named_with_those_there_are(self):
        for asked in ("nochange,nonesuch", ",", "NOCHANGE"):
            with self.subTest(asked=asked):
                done = bench("--only", asked)
                self.assertEqual(done.returncode, 1)
                self.assertIn("--only: there is no comparison", done.stderr)
                self.assertIn("requests", done.stderr)
                self.assertNotIn("Traceback", done.stderr)
        self.assertIn("nonesuch;", bench("--only", "nochange,nonesuch").stderr)

    def test_the_order_is_that_of_the_page(self):
        self.assertEqual(comparisons.chosen("requests, nochange"), ["nochange", "requests"])
        self.assertEqual(comparisons.chosen(None), list(comparisons.NAMES))

    def test_real_without_what_a_server_needs_is_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            done = bench("--real", "--only", "nochange", env={"PATH": "/nonexistent", "HOME": folder, "INFRASTATE_PG_ROOT": folder, "INFRASTATE_CACHE": folder})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for package in ("postgresql", "golang-go", "curl", "scripts/setup real"):
            self.assertIn(package, done.stderr)

    def test_real_lacks_only_what_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            self.assertEqual(servers.real_lacks(lambda name: name, folder, folder), "postgresql")
            (folder / "15" / "bin").mkdir(parents=True)
            (folder / "15" / "bin" / "initdb").touch()
            self.assertEqual(servers.real_lacks(lambda name: name, folder, folder), "")
            self.assertEqual(servers.real_lacks(lambda name: None if name == "go" else name, folder, folder), "golang-go")
            (folder / "infra-server" / "0").mkdir(parents=True)
            (folder / "infra-server" / "0" / "infra").touch()
            self.assertEqual(servers.real_lacks(lambda name: None if name == "go" else name, folder, folder), "", "the built server needs no Go")


class MissingTest(unittest.TestCase):
    def context(self, **options):
        said = []
        given = argparse.Namespace(**{"quick": True, "dist": None, "tofu": None, **options})
        server = mock.Mock(url="https://127.0.0.1:1", key="aaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbb", authority="/nonexistent", has_record=True)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        context = frame.Context(server, folder.name, folder.name, given, said.append)
        context.begin("nochange")
        return context, said

    def why(self, function, *arguments):
        with self.assertRaises(frame.Missing) as caught:
            function(*arguments)
        return str(caught.exception)

    def test_what_is_not_given_is_said_by_its_option(self):
        from comparisons import sides
        context, _ = self.context()
        self.assertIn("--dist", self.why(context.portable))
        self.assertIn("--tofu", self.why(sides.tofu, context, sides.ONE))
        self.assertIn("not built", self.why(context.program, "modules/infra_access_key"))
        context, _ = self.context(dist="/nonexistent", tofu="/nonexistent")
        self.assertIn("linux-amd64", self.why(context.portable))
        self.assertIn("no executable", self.why(sides.tofu, context, sides.ONE))

    def test_a_missing_side_is_named_at_once_and_on_the_page(self):
        context, said = self.context()
        context.skip("tofu apply", "no OpenTofu is given (--tofu)")
        self.assertEqual(said, ["skip nochange: tofu apply: no OpenTofu is given (--tofu)"])
        self.assertIn("- tofu apply: no OpenTofu is given (--tofu)", page.section(frame.Part(), context.skipped, "here"))

    def test_each_comparison_begins_with_a_server_without_the_keys_of_the_one_before(self):
        import main
        context, _ = self.context()
        module = mock.Mock(SIMULATOR_ONLY=False, TITLE="")
        module.measure.side_effect = lambda context: self.assertEqual(context.server.reset.call_count, 1) or frame.Part()
        with mock.patch.object(comparisons, "module", return_value=module), contextlib.redirect_stdout(io.StringIO()):
            self.assertIsNotNone(main.measured(context, "tasks"))
            context.server.has_record = False
            main.measured(context, "tasks")  # a real server is not reset
        self.assertEqual(context.server.reset.call_count, 1)

    def test_a_comparison_that_cannot_run_does_not_end_the_others(self):
        import main
        context, said = self.context()
        for module in (mock.Mock(SIMULATOR_ONLY=False, TITLE="", measure=mock.Mock(side_effect=frame.Missing("valgrind is not installed"))),
                       mock.Mock(SIMULATOR_ONLY=True, TITLE="")):
            context.server.has_record = not module.SIMULATOR_ONLY
            with mock.patch.object(comparisons, "module", return_value=module), contextlib.redirect_stdout(io.StringIO()):
                self.assertIsNone(main.measured(context, "startup"))
        self.assertEqual(said, ["skip startup: all of it: valgrind is not installed",
                                "skip startup: all of it: it reads the simulator's record, and a real server keeps none"])
        module.measure.assert_not_called()


class FrameTest(unittest.TestCase):
    def test_sides_take_turns_and_no_side_is_always_first(self):
        order = []
        frame.in_turns(3, ["A", "B"], lambda number, side: order.append(f"{side}{number}"))
        self.assertEqual(order, ["A0", "B0", "B1", "A1", "A2", "B2"])

    def test_all_values_are_kept(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "new", "x.csv")
            frame.write_rows([("x", "one, two", "curl", 0, "wall ms", 1.5)], path)
            self.assertEqual(path.read_text(), 'comparison,case,program,round,metric,value\nx,"one, two",curl,0,wall ms,1.5\n')

    def test_every_comparison_has_a_place_on_the_page(self):
        text = (ROOT / "docs" / "performance.md").read_text()
        for name in comparisons.NAMES:
            with self.subTest(name=name):
                self.assertIn("\nNEW\n", page.replaced(text, name, "NEW"))

    def test_only_the_measured_part_of_a_page_is_replaced(self):
        first, second = ("\n".join((page.marks(name)[0], "old", page.marks(name)[1])) for name in ("one", "two"))
        self.assertEqual(page.replaced(f"{first}\n{second}\n", "two", "new"), f"{first}\n{second.replace('old', 'new')}\n")
        for broken in (first, first + second + second):
            with self.assertRaises(SystemExit):
                page.replaced(broken, "two", "new")

    def test_a_chart_is_a_picture_for_both_schemes_whatever_its_labels_are(self):
        picture = charts.svg(frame.Chart("x", "<a> & b", "ms", [("infrastate <1>", 2.0, (1.5, 2.5)), ("curl", 0, None)], bound=3.0))
        self.assertEqual(xml.dom.minidom.parseString(picture).documentElement.tagName, "svg")
        self.assertIn("prefers-color-scheme: dark", picture)
        self.assertIn("bound 3", picture)


class CountingTest(unittest.TestCase):
    def test_the_sum_of_strace_with_and_without_errors(self):
        head = "% time     seconds  usecs/call     calls    errors syscall\n 50.00    0.000001           1         7         2 openat\n"
        self.assertEqual(clock.calls_of(head + "100.00    0.000002           1        42         2 total\n"), 42)
        self.assertEqual(clock.calls_of(head + "100.00    0.000002           1        42           total\n"), 42)
        with self.assertRaises(SystemExit):
            clock.calls_of("")

    def test_the_proxy_counts_connections_and_bytes_and_sees_a_client_hello(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            def answer():
                for _ in range(2):
                    connection, _ = server.accept()
                    with connection:
                        while connection.recv(100):
                            pass
                        connection.sendall(b"12345")
            threading.Thread(target=answer, daemon=True).start()
            with proxy.Proxy(f"https://127.0.0.1:{server.getsockname()[1]}") as through:
                port = int(through.url.rpartition(":")[2])
                for text in (proxy.CLIENT_HELLO + b"x", b"GET"):
                    with socket.create_connection(("127.0.0.1", port)) as client:
                        client.sendall(text)
                        client.shutdown(socket.SHUT_WR)
                        self.assertEqual(client.recv(100), b"12345")
                        self.assertEqual(client.recv(100), b"")
                found = through.take()
        self.assertEqual((found.connections, found.handshakes, found.sent, found.received), (2, 1, 6, 10))
        self.assertEqual(through.take(), proxy.Traffic())


class BoundTest(unittest.TestCase):
    WHERE = "debian-12-x86_64"
    RECORD = f"# a comment\n{WHERE} kept-apply 1.0000\nother-1-x86_64 kept-apply 2.0000\n"

    def findings(self, ratio):
        return instructions.findings(instructions.read_record(self.RECORD), self.WHERE, {"kept-apply": ratio})

    def test_three_in_a_hundred_are_allowed_and_no_more(self):
        self.assertEqual(self.findings(1.03), [])
        self.assertEqual(self.findings(0.5), [])
        self.assertEqual(len(self.findings(1.0301)), 1)
        self.assertIn("kept-apply: 1.0301", self.findings(1.0301)[0])

    def test_a_ratio_that_is_not_recorded_is_a_finding(self):
        self.assertEqual(len(instructions.findings({}, self.WHERE, {"whole-run": 1.0})), 1)

    def test_recording_replaces_the_rows_of_this_system_only(self):
        self.assertEqual(instructions.recorded(self.RECORD, self.WHERE, {"kept-apply": 1.5, "whole-run": 0.9}),
                         f"# a comment\nother-1-x86_64 kept-apply 2.0000\n{self.WHERE} kept-apply 1.5000\n{self.WHERE} whole-run 0.9000\n")

    def test_the_tracked_record_has_both_ratios_for_each_of_its_systems(self):
        known = instructions.read_record(instructions.RECORD.read_text())
        systems = {where for where, _ in known}
        self.assertTrue(systems)
        self.assertEqual(set(known), {(where, name) for where in systems for name in (instructions.KEPT, instructions.WHOLE)})

    def test_stages_add_up_to_the_whole(self):
        said = ("5,000 (25.00%)  ???:infrastate::transport::TlsContext::create(infrastate::transport::Endpoint const&) [infra_access_key]\n"
                " 5,000 (25.00%)  ???:SSL_do_handshake [libssl.so.3]\n 4,000 (20.00%)  ./elf/./elf/rtld.c:_dl_start [ld-linux-x86-64.so.2]\n"
                " 4,000 (20.00%)  ???:SSL_do_handshake_more [libssl.so.3]\n 3,000 (15.00%)  ???:SSL_CTX_new [libssl.so.3]\n"
                " 1,000 ( 5.00%)  ./stdlib/./stdlib/exit.c:exit [libc.so.6]\n")
        self.assertEqual(instructions.stages(said, 20_000, True),
                         [("the loader", 4_000), ("OpenSSL begins", 3_000), ("authorities and the other TLS rules", 2_000), ("TLS handshake", 5_000),
                          ("the end of the process", 1_000), ("all else", 5_000)])
        self.assertEqual(instructions.stages(said, 5_000, False), [("the loader", 4_000), ("the end of the process", 1_000), ("all else", 0)])

    def test_a_stage_whose_function_is_gone_is_not_passed_over(self):
        with self.assertRaisesRegex(SystemExit, "no function _dl_start, .* stage 'the loader'"):
            instructions.stages("", 20_000, False)


if __name__ == "__main__":
    unittest.main()
