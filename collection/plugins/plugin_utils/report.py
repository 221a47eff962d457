# SPDX-License-Identifier: Apache-2.0
"""What the page of the role key_report says about access keys: their states, sentences, order, and places on a timeline.

Everything is computed from the keys, as C(infra_access_key_info) returns them, and one time that counts as now.
"""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import base64
import datetime
import hashlib
import re

DAY = 86400
HOUR = 3600
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
# State -> its heading, and who is in it. In the order in which they need attention. {soon}, {unused}: days.
STATES = (
    ("ended", "Ended", "expired, or not used in time"),
    ("soon", "Ending soon", "within {soon}"),
    ("unused", "Unused", "never, for {unused}, or nearly too long"),
    ("replaced", "Replaced", "a newer key lives longer"),
    ("fine", "Fine", "nothing to do"),
)
ATTENTION = ("ended", "soon", "unused")
# The timeline shows at most this many days before and after now, and at least a week in all.
REACH = 400 * DAY
TIME = re.compile(r"^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)$")


def seconds_of(value, what):
    """An RFC 3339 time in seconds since 1970."""
    if isinstance(value, datetime.datetime):  # YAML makes one of a time without quotation marks
        value = value.isoformat() + ("Z" if value.tzinfo is None else "")
    match = TIME.match(str(value))
    try:
        if not match:
            raise ValueError
        moment = datetime.datetime(*[int(part) for part in match.groups()[:6]])
    except ValueError:
        raise ValueError("%s: '%s' is no RFC 3339 time such as 2027-01-31T12:00:00Z" % (what, value))
    zone = match.group(7)
    offset = 0 if zone in "Zz" else int(zone[0] + "1") * (int(zone[1:3]) * HOUR + int(zone[4:6]) * 60)
    return int((moment - datetime.datetime(1970, 1, 1)).total_seconds()) - offset


def moment_of(seconds):
    return datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)


def span(seconds):
    """A length of time in one unit, as people say it."""
    for size, least, word in ((365 * DAY, 730 * DAY, "year"), (DAY, 2 * DAY, "day"), (HOUR, HOUR, "hour"), (60, 60, "minute")):
        if seconds >= least:
            count = seconds // size
            return "%d %s%s" % (count, word, "" if count == 1 else "s")
    return "less than a minute"


def ago(seconds):
    return span(seconds) + " ago" if seconds >= 0 else "in " + span(-seconds)


def shown(seconds, now):
    """A time in the forms that the page needs; None where there is none."""
    if seconds is None:
        return None
    moment = moment_of(seconds)
    return {"iso": moment.strftime("%Y-%m-%dT%H:%M:%SZ"), "text": moment.strftime("%Y-%m-%d %H:%M"), "sort": seconds, "relative": ago(now - seconds)}


class Key(object):
    """One key: its times in seconds, and its state."""

    def __init__(self, fields, number, now):
        what = "keys[%d]" % number
        if not isinstance(fields, dict):
            raise ValueError("%s: it is no dictionary; give a list such as access_keys of infra_access_key_info" % what)
        for name in ("name", "created"):
            if not fields.get(name):
                raise ValueError("%s: it has no '%s'; give a list such as access_keys of infra_access_key_info" % (what, name))
        times = {}
        for name in ("created", "expires_at", "inactivity_deadline", "last_used"):
            times[name] = seconds_of(fields[name], "%s.%s" % (what, name)) if fields.get(name) else None
        self.name, self.user = str(fields["name"]), str(fields.get("user") or "")
        self.identifier = str(fields.get("id") or "")
        self.family, self.rotation = str(fields.get("family") or self.name), int(fields.get("rotation") or 0)
        self.created, self.expires, self.used = times["created"], times["expires_at"], times["last_used"]
        deadline = times["inactivity_deadline"]
        # A deadline after the expiry has no effect.
        self.deadline = deadline if deadline is not None and (self.expires is None or deadline < self.expires) else None
        self.dead = self._dead(fields.get("status"), now)
        self.end = self.deadline if self.dead == "inactive" and self.deadline is not None else self.expires
        if self.dead and self.end is None:
            self.end = now
        self.state = self.successor = None

    def _dead(self, status, now):
        if status in ("expired", "inactive"):
            return status
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "inactive" if self.deadline is not None and self.deadline <= now else None

    def idle(self, now, unused_days):
        """Whether nobody seems to use it."""
        since = self.created if self.used is None else self.used
        limits = [unused_days * DAY]
        if self.used is None:
            limits.append(DAY)
        if self.deadline is not None:
            limits.append((self.deadline - since) // 2)
        return now - since > min(limits)

    def outlived_by(self, other):
        if other.dead or (other.user, other.family) != (self.user, self.family) or other.rotation <= self.rotation:
            return False
        return other.expires is None or (self.end is not None and other.expires > self.end)

    def sentence(self, now):
        if self.state == "replaced":
            return "A newer key lives longer: %s." % self.successor.name
        if self.dead == "expired":
            return "Expired %s." % ago(now - self.end)
        if self.dead:
            return "Ended %s, because it was not used in time." % ago(now - self.end)
        end = "It has no expiry." if self.end is None else "Ends %s." % ago(now - self.end)
        if self.state in ("soon", "fine"):
            return end
        use = "Never used since it was made %s." % ago(now - self.created) if self.used is None else "Last used %s." % ago(now - self.used)
        return use if self.deadline is None else "%s Ends %s unless it is used." % (use, ago(now - self.deadline))

    def order(self):
        """What needs attention first: what ended last, what ends first, what was unused for longest."""
        rank = [state[0] for state in STATES].index(self.state)
        far = float("inf")
        by = {"ended": -(self.end or 0), "unused": self.used or self.created}.get(self.state, far if self.end is None else self.end)
        return (rank, by, self.name, self.user, self.identifier)


def judge(key, keys, now, soon_days, unused_days):
    """The state of a key among all keys."""
    if key.dead:
        state = "ended"
    elif key.end is not None and key.end - now <= soon_days * DAY:
        state = "soon"
    else:
        state = "unused" if key.idle(now, unused_days) else "fine"
    if state != "fine":
        newer = [other for other in keys if key.outlived_by(other)]
        if newer:
            key.successor = max(newer, key=lambda other: other.rotation)
            state = "replaced"
    return state


class Timeline(object):
    """Times as percentages of its width."""

    def __init__(self, keys, now):
        times = [now] + [key.created for key in keys] + [key.end for key in keys if key.end is not None]
        first, last = max(min(times), now - REACH), min(max(times), now + REACH)
        margin = max((last - first) // 40, (7 * DAY - (last - first)) // 2)
        self.first, self.last = first - margin, last + margin

    def at(self, seconds):
        return 100.0 * (min(max(seconds, self.first), self.last) - self.first) / (self.last - self.first)

    def bar_of(self, key, now):
        """The bar of a key: the part until now and the part after it, and whether it goes on beyond an edge."""
        end = self.last if key.end is None else key.end
        left, right = self.at(key.created), max(self.at(end), self.at(key.created) + 0.6)
        middle = min(max(self.at(now), left), right)
        return {
            "left": percent(left), "past": percent(middle - left), "middle": percent(middle), "future": percent(right - middle), "whole": percent(right - left),
            "right": percent(right), "used": None if key.used is None or key.used < self.first else percent(self.at(key.used)),
            "before": key.created < self.first, "beyond": key.end is None or key.end > self.last, "open": key.end is None,
        }

    def ticks(self):
        """At most nine marks: days, else the first of a month."""
        days = (self.last - self.first) / DAY
        if days < 60:
            step = [each for each in (1, 2, 7) if days / each <= 9][:1] or [7]
            marks = range((self.first // DAY + 1) * DAY, self.last, step[0] * DAY)
            found = [(mark, "%d %s" % (moment_of(mark).day, MONTHS[moment_of(mark).month - 1][:3])) for mark in marks]
        else:
            step = [each for each in (1, 2, 3, 6) if days / 30.4 / each <= 9][:1] or [12]
            start, found = moment_of(self.first), []
            for count in range(start.year * 12 + start.month, start.year * 12 + start.month + int(days / 28) + 1):
                year, month = divmod(count, 12)
                if month % step[0] == 0:
                    mark = int((datetime.datetime(year, month + 1, 1) - datetime.datetime(1970, 1, 1)).total_seconds())
                    found.append((mark, str(year) if month == 0 else MONTHS[month][:3]))
        return [self.tick(mark, text) for mark, text in found if mark < self.last]

    def tick(self, mark, text):
        """A mark with its text, which stays inside."""
        at = self.at(mark)
        return {"at": percent(at), "text": text, "anchor": "start" if at < 5 else "end" if at > 95 else "middle"}


def percent(number):
    return ("%.2f" % number).rstrip("0").rstrip(".") + "%"


def row(key, timeline, now, number):
    return {
        "anchor": "key-%d" % number,
        "id": key.identifier, "name": key.name, "user": key.user, "state": key.state, "label": dict((name, label) for name, label, who in STATES)[key.state],
        "sentence": key.sentence(now), "created": shown(key.created, now), "used": shown(key.used, now), "ends": shown(key.end, now),
        "deadline": None if key.dead else shown(key.deadline, now), "bar": timeline.bar_of(key, now),
    }


def whole_number(value, what):
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0:
        raise ValueError("%s: '%s' is no number of days; give 0 or more" % (what, value))
    return number


def report(keys, now, soon_days=30, unused_days=30, contents=()):
    """The page's data. ValueError: one sentence about what is wrong with an argument."""
    if not isinstance(keys, (list, tuple)):
        raise ValueError("keys: they are no list; give one such as access_keys of infra_access_key_info")
    now = seconds_of(now, "now")
    soon_days, unused_days = whole_number(soon_days, "soon_days"), whole_number(unused_days, "unused_days")
    found = [Key(fields, number, now) for number, fields in enumerate(keys)]
    for key in found:
        key.state = judge(key, found, now, soon_days, unused_days)
    found.sort(key=Key.order)
    timeline = Timeline(found, now)
    counts = dict((name, sum(key.state == name for key in found)) for name, label, who in STATES)
    days = dict((name, "%d day%s" % (number, "" if number == 1 else "s")) for name, number in (("soon", soon_days), ("unused", unused_days)))
    moment = moment_of(now)
    return {
        "now": {
            "iso": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "text": "%d %s %d, %s UTC" % (moment.day, MONTHS[moment.month - 1], moment.year, moment.strftime("%H:%M")),
        },
        "rows": [row(key, timeline, now, number) for number, key in enumerate(found, 1)],
        "states": [
            {"name": name, "label": label, "who": who.format(**days), "attention": name in ATTENTION, "count": counts[name]} for name, label, who in STATES
        ],
        "counts": counts, "attention": sum(counts[name] for name in ATTENTION), "today": percent(timeline.at(now)), "ticks": timeline.ticks(),
        "hashes": ["sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in contents],
    }
