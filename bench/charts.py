# SPDX-License-Identifier: Apache-2.0
"""Bars as SVG, readable on a light and on a dark page. A text beside each bar says what the bar shows."""

import html

import stats

WIDTH, LABELS, VALUES, ROW, TOP = 760, 250, 190, 30, 56
STYLE = """
    .paper { fill: #ffffff } .text { fill: #24292f } .note { fill: #57606a; font-size: 12px }
    .bar { fill: #3f7cac } .ours { fill: #3f8f5f } .range { stroke: #24292f; stroke-width: 1.5 } .bound { stroke: #b35900; stroke-dasharray: 4 3 }
    .limit { fill: #b35900; font-size: 12px }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #0d1117 } .text { fill: #e6edf3 } .note { fill: #9da7b3 } .bar { fill: #6cb0e6 } .ours { fill: #56b87f }
      .range { stroke: #e6edf3 } .bound { stroke: #f0a050 } .limit { fill: #f0a050 }
    }"""


def svg(chart):
    """The picture of a frame.Chart."""
    most = max([value for _, value, _ in chart.bars] + [part for _, _, range_ in chart.bars if range_ for part in range_] + [chart.bound or 0]) or 1
    height = TOP + ROW * len(chart.bars) + 34
    span = WIDTH - LABELS - VALUES

    def at(value):
        return round(LABELS + span * value / most, 1)

    hint = "; the thin line is the middle half of the values" if any(range_ for _, _, range_ in chart.bars) else ""
    said = "; ".join(f"{label} {stats.number(value)}" for label, value, _ in chart.bars)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
           'aria-labelledby="title description" font-family="sans-serif" font-size="13">',
           "  <!-- SPDX-License-Identifier: Apache-2.0 -->",
           f'  <title id="title">{html.escape(chart.title)}</title>',
           f'  <desc id="description">{html.escape(said)} ({html.escape(chart.unit)})</desc>',
           f"  <style>{STYLE}\n  </style>",
           f'  <rect class="paper" width="{WIDTH}" height="{height}"/>',
           f'  <text class="text" x="16" y="24" font-weight="bold">{html.escape(chart.title)}</text>',
           f'  <text class="note" x="16" y="42">{html.escape(chart.unit)}{hint}</text>']
    for place, (label, value, range_) in enumerate(chart.bars):
        y = TOP + ROW * place
        kind = "ours" if label.startswith("infrastate") else "bar"
        out.append(f'  <text class="text" x="{LABELS - 10}" y="{y + 17}" text-anchor="end">{html.escape(label)}</text>')
        out.append(f'  <rect class="{kind}" x="{LABELS}" y="{y + 4}" width="{max(1, at(value) - LABELS):.1f}" height="18" rx="2"/>')
        end = value
        if range_:
            end = max(value, range_[1])
            out.append(f'  <line class="range" x1="{at(range_[0])}" y1="{y + 13}" x2="{at(range_[1])}" y2="{y + 13}"/>')
        out.append(f'  <text class="text" x="{at(end) + 8}" y="{y + 17}">{html.escape(stats.number(value))}</text>')
    bottom = TOP + ROW * len(chart.bars)
    if chart.bound is not None:
        out.append(f'  <line class="bound" x1="{at(chart.bound)}" y1="{TOP - 4}" x2="{at(chart.bound)}" y2="{bottom + 4}"/>')
        out.append(f'  <text class="limit" x="{at(chart.bound)}" y="{bottom + 20}" text-anchor="middle">bound {html.escape(stats.number(chart.bound))}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"
