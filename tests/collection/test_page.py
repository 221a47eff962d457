# SPDX-License-Identifier: Apache-2.0
"""The page of the role key_report in Chromium: it looks as it should, sorts and filters by keyboard, and complains of nothing.
The pictures are in build/report."""

import random
import re

import browser
import support
from pages import NOW, ReportTest, key
from test_report import computed

DAY = 86400


def time(days):
    """A time so many days after now."""
    return computed.moment_of(computed.seconds_of(NOW, "now") + int(days * DAY)).strftime("%Y-%m-%dT%H:%M:%SZ")


def many(count):
    """Keys of all states, the same in each run."""
    chance = random.Random(4)
    places = ("payments", "billing", "staging-eu", "prod-us-east", "data-lake", "ci-runner", "search", "vault-bridge", "metrics", "orders", "mailer")
    for number in range(count):
        made = -chance.uniform(40, 320)
        more = chance.choices(({}, {"created": time(-chance.uniform(336, 364))}, {"created": time(-chance.uniform(370, 390)), "status": "expired", "last_used": time(-8)},
                               {"last_used": time(-35)}, {"last_used": None}, {"expires_at": None}), (80, 5, 5, 4, 4, 2))[0]
        created = more.get("created", time(made))
        end = computed.moment_of(computed.seconds_of(created, "created") + 365 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
        user = chance.choice(("connector", "connector", "ana.silva@example.com", "build@example.com"))
        yield key(f"{chance.choice(places)}-{number}", **{"created": created, "expires_at": end, "last_used": time(-chance.random() / 50), "user": user, **more})


THREE = [key("payments"), key("mailer", expires_at="2027-03-11T12:00:00Z"), key("10 <b>cats</b>", last_used=None, user="ana@example.com")]


class BrowserTest(ReportTest):
    def setUp(self):
        super().setUp()
        if browser.program() is None:
            self.missing("Chromium is not installed (Debian's package chromium)")
        self.pictures = support.BUILD.parent / "report"
        self.pictures.mkdir(exist_ok=True)
        self.browser = browser.Browser()
        self.addCleanup(self.browser.close)

    def opened(self, keys, **how):
        self.made(key_report_keys=keys)
        self.browser.open(self.page, **how)

    def fits(self, name):
        """Nothing is wider than the window. Takes the picture."""
        self.browser.picture(self.pictures / f"{name}.png")
        wide = self.browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertLessEqual(wide, 0, f"{name}: the page is wider than the window")

    def names(self):
        return self.browser.run("[...document.querySelectorAll('tbody tr:not([hidden])')].map(row => row.cells[1].textContent)")

    def sorts(self):
        return self.browser.run("[...document.querySelectorAll('thead th')].map(each => each.getAttribute('aria-sort'))")

    def at(self):
        return self.browser.run("document.activeElement.textContent.trim()")

    def quiet(self):
        self.assertEqual(self.browser.problems, [])
        self.assertEqual(self.browser.requests, [self.page.as_uri()], "it loads nothing else")

    def test_pictures_in_both_schemes_and_sizes(self):
        light = {}
        for number, keys in ((0, []), (3, THREE), (500, list(many(500)))):
            self.made(key_report_keys=keys)
            for scheme in ("light", "dark"):
                for width in (1440, 1000, 400):
                    self.browser.open(self.page, width=width, scheme=scheme)
                    self.fits(f"{number}-{scheme}-{width}")
                    self.quiet()
                colours = self.browser.run("(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))")
                dark = [sum(map(int, re.findall(r"\d+", colour)[:3])) < 3 * 128 for colour in colours]
                self.assertEqual(dark, [scheme == "dark", scheme == "light"], colours)
                light.setdefault(number, []).append(colours)
            self.browser.open(self.page)
            self.browser.print(self.pictures / f"{number}.pdf")
        self.assertEqual(len({str(colours) for colours in light.values()}), 1)

    CONTRAST = """(() => {
        const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
        const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c) && c.startsWith('rgb')) return c; } };
        const low = [];
        for (const e of document.querySelectorAll('body *')) {
            if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('script, style, .hidden')) continue;
            const svg = e instanceof SVGElement;
            const [a, b] = [light(getComputedStyle(e)[svg ? 'fill' : 'color']), light(behind(svg ? e.closest('th') : e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) low.push([e.textContent, ratio]);
        }
        return low;
    })()"""

    def test_each_text_can_be_read(self):
        keys = [*THREE, *many(60), key("a", expires_at="2027-03-05T00:00:00Z"), key("a.rot-1-0123abcd", family="a", rotation=1)]
        for scheme in ("light", "dark"):
            self.opened(keys, scheme=scheme)
            self.assertEqual(self.browser.run(self.CONTRAST), [], scheme)

    def test_sorting_by_keyboard(self):
        self.opened(THREE)
        self.assertEqual(self.names(), ["mailer", "10 <b>cats</b>", "payments"])
        self.assertEqual(self.sorts(), ["ascending", "none", "none", None, "none", "none", "none"])
        for _ in range(30):
            self.browser.press("Tab")
            if self.at() == "Name":
                break
        self.assertEqual(self.at(), "Name", "the heading can be reached")
        self.assertGreater(float(self.browser.run("getComputedStyle(document.activeElement).outlineWidth").removesuffix("px")), 1, "the focus is seen")
        self.browser.picture(self.pictures / "focus.png")
        self.browser.press("Enter")
        self.assertEqual(self.names(), ["10 <b>cats</b>", "mailer", "payments"])
        self.assertEqual(self.sorts(), ["none", "ascending", "none", None, "none", "none", "none"])
        self.assertEqual(self.browser.run("document.querySelector('[role=status]').textContent"), "Sorted by Name, ascending.")
        self.browser.press(" ")
        self.assertEqual(self.names(), ["payments", "mailer", "10 <b>cats</b>"])
        self.assertEqual(self.sorts()[1], "descending")
        self.browser.press("Tab", times=2)
        self.assertEqual(self.at(), "Created")
        self.browser.press("Tab")
        self.browser.press("Enter")
        self.assertEqual(self.names()[0], "10 <b>cats</b>", "never used is before all times")
        self.browser.press("Tab")
        self.browser.press("Enter")
        self.assertEqual((self.at(), self.names()), ("Ends", ["mailer", "10 <b>cats</b>", "payments"]), "equal ones are in the order of attention")
        self.quiet()

    def test_names_are_sorted_with_their_numbers(self):
        self.opened([key("k10"), key("k9"), key("K1")])
        self.browser.run("document.querySelectorAll('thead button')[1].click()")
        self.assertEqual(self.names(), ["K1", "k9", "k10"])

    def test_filtering_by_keyboard(self):
        self.opened(THREE)
        self.browser.press("Tab")
        self.assertIn("Ended", self.at())
        self.browser.press("Tab")
        self.browser.press("Enter")
        self.assertEqual(self.names(), ["mailer"])
        self.assertEqual(self.browser.run("document.querySelector('#count').textContent"), "1 of 3")
        self.assertEqual(self.browser.run("document.activeElement.getAttribute('aria-pressed')"), "true")
        self.browser.press("Enter")
        self.assertEqual(len(self.names()), 3)
        for _ in range(20):
            self.browser.press("Tab")
            if self.browser.run("document.activeElement.id") == "search":
                break
        self.browser.type("ANA@")
        self.assertEqual(self.names(), ["10 <b>cats</b>"])
        # A link above the table leads to its row all the same.
        self.browser.run("document.querySelector('.attention a').click(); new Promise(done => setTimeout(done, 200))")
        self.assertEqual((len(self.names()), self.browser.run("document.querySelector('tr:target').cells[1].textContent")), (3, "mailer"))
        self.quiet()

    def test_without_a_script_all_is_there(self):
        self.opened(THREE, script=False)
        self.browser.picture(self.pictures / "no-script.png")
        self.assertEqual(len(self.names()), 3)
        self.assertEqual(self.browser.run("[document.querySelectorAll('button').length, getComputedStyle(document.querySelector('.tools label')).display]"), [0, "none"])

    def test_a_script_that_is_not_the_pages_does_not_run(self):
        self.made(key_report_keys=THREE)
        text = self.page.read_text()
        self.page.write_text(text.replace("</main>", "<script>document.title = 'changed'</script><b onclick=\"document.title = 'changed'\">x</b></main>"))
        self.browser.open(self.page)
        self.browser.run("document.querySelector('main > b').click()")
        self.assertEqual(self.browser.run("document.title"), "Access keys")
        self.assertTrue(any("Content Security Policy" in problem for problem in self.browser.problems), self.browser.problems)
