# SPDX-License-Identifier: Apache-2.0
"""The comparisons, in the order of the page. Each module has TITLE, SIMULATOR_ONLY, and measure(context), which gives a Part."""

import importlib

NAMES = ("nochange", "requests", "library", "batches", "tasks", "startup")


def module(name):
    return importlib.import_module(f"comparisons.{name}")


def chosen(text):
    """The names in a list with commas, in the order of the page; all without a list. Ends the bench at a name that is unknown."""
    if not text:
        return list(NAMES)
    asked = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in asked if name not in NAMES]
    if unknown or not asked:
        raise SystemExit(f"--only: there is no comparison {', '.join(unknown) or repr(text)}; there are {', '.join(NAMES)}")
    return [name for name in NAMES if name in asked]
