# SPDX-License-Identifier: Apache-2.0
"""Medians with their spread, pairs, and straight lines through points. No clock and no file is used here."""

import dataclasses

# A median counts if the middle half of the values lies within this share of it.
WIDEST = 0.10
MARK = "(wide)"


def quantile(values, share):
    """The value below which that share of the values lies, between two values by a straight line."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclasses.dataclass(frozen=True)
class Summary:
    """The quartiles of some values, and how many there were."""
    low: float
    median: float
    high: float
    count: int

    @property
    def spread(self):
        """The distance of the quartiles as a share of the median. Around a median of zero any distance is endless."""
        distance = self.high - self.low
        if distance == 0:
            return 0.0
        return distance / abs(self.median) if self.median else float("inf")

    @property
    def wide(self):
        """Whether the median says little. A single value has no spread to judge it by, so it is wide, too."""
        return self.count < 2 or self.spread > WIDEST


def summary(values):
    values = list(values)
    return Summary(quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75), len(values))


def ratios(ours, theirs):
    """The ratio of each pair. Both lists come from the same rounds, in the same order."""
    if len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} values have no pairs among {len(theirs)}")
    return [one / other for one, other in zip(ours, theirs)]


@dataclasses.dataclass(frozen=True)
class Line:
    slope: float
    start: float
    r2: float


def line(points):
    """The straight line with the least squares through (x, y), and how much of the variation it explains."""
    points = list(points)
    if len({x for x, _ in points}) < 2:
        raise ValueError("a line needs two different places")
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    slope = sum((x - middle_x) * (y - middle_y) for x, y in points) / sum((x - middle_x) ** 2 for x, _ in points)
    start = middle_y - slope * middle_x
    total = sum((y - middle_y) ** 2 for _, y in points)
    left = sum((y - start - slope * x) ** 2 for x, y in points)
    return Line(slope, start, 1 - left / total if total else 1.0)


def number(value):
    """A number with three digits that count: 0.0423, 1.07, 12.3, 1,234,567."""
    size = abs(value)
    if value == int(value) and size < 1e15 or size >= 100:
        return f"{value:,.0f}"
    return f"{value:.{1 if size >= 10 else 2 if size >= 1 else 3 if size >= 0.1 else 4}f}"


def shown(found, unit=""):
    """A median with its quartiles for a table; marked if the spread is too wide."""
    text = f"{number(found.median)}{unit}"
    if found.low != found.high:
        text += f" [{number(found.low)} to {number(found.high)}]"
    return f"{text} {MARK}" if found.wide else text


def verdict(found, bound, at_most=True):
    """Whether a bound is kept. A wide median settles nothing if the bound lies between its quartiles, nor does a single value."""
    if found.wide and (found.count < 2 or found.low <= bound <= found.high):
        return "too wide to say"
    return "kept" if (found.median <= bound if at_most else found.median >= bound) else "not kept"
