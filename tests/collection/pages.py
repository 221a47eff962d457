# SPDX-License-Identifier: Apache-2.0
"""Runs the role key_report, and reads its page."""

import html.parser
import json
import re

import support

NOW = "2027-03-01T12:00:00Z"
EMPTY = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta"}


def key(name, created="2027-01-01T00:00:00Z", expires_at="2028-01-01T00:00:00Z", last_used="2027-03-01T11:59:00Z", **more):
    return {"id": f"id-{name}", "name": name, "user": "connector", "created": created, "expires_at": expires_at, "last_used": last_used, "status": "live", "family": name,
            "rotation": 0, **more}


class Page(html.parser.HTMLParser):
    """The table's rows as lists of texts, all elements with their attributes, and the text outside of script and style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.rows, self.text, self.open = [], [], "", []
        self.source = text
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        # An element that is closed twice, or never, is a fault of the page.
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing in {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] in ("script", "style"):
            return
        self.text += data
        if "td" in self.open or "th" in self.open:
            self.rows[-1][-1] += data

    def all(self, tag, **wanted):
        return [attributes for name, attributes in self.elements if name == tag and all(attributes.get(each) == value for each, value in wanted.items())]

    def cells(self, column):
        """The texts of a column, by its heading."""
        place = [heading.strip() for heading in self.rows[0]].index(column)
        return [" ".join(row[place].split()) for row in self.rows[1:]]


class ReportTest(support.PlayTest):
    def setUp(self):
        super().setUp()
        self.page = self.folder / "keys.html"

    def report(self, *arguments, **variables):
        """Runs the role. Names and users are no templates, as in the result of a module."""
        variables = {"key_report_file": str(self.page), "key_report_now": NOW, **variables}
        variables = {name: value for name, value in variables.items() if value is not None}
        given = self.folder / "given.yml"
        given.write_text(re.sub(r'"(name|user|id)": "', r'"\1": !unsafe "', json.dumps(variables)))
        settings = {"hosts": "localhost", "gather_facts": False, "module_defaults": {"group/infrastate.infra.infra": self.connection()},
                    "tasks": [{"ansible.builtin.include_role": {"name": "infrastate.infra.key_report"}}]}
        book = self.folder / "report.yml"
        book.write_text(json.dumps([settings]))
        hosts = self.folder / "hosts.json"
        hosts.write_text(json.dumps({"all": {"hosts": self.inventory}}))
        run = support.Run(self.ansible("ansible-playbook", "-i", hosts, "-e", f"@{given}", *arguments, book), None)
        self.check_output(run)
        return run

    def made(self, *arguments, **variables):
        run = self.report(*arguments, **variables)
        self.assertEqual(run.code, 0, run.output)
        return Page(self.page.read_text())
