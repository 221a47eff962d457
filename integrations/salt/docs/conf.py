# SPDX-License-Identifier: Apache-2.0
"""Configuration of Sphinx: sphinx-build docs build/html, with the packages of the extra "docs" installed."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from saltext.infrastate import __version__

project = "saltext-infrastate"
release = __version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary"]
autosummary_generate = False
autodoc_mock_imports = ["salt", "infrastate"]
autodoc_default_options = {"member-order": "bysource"}
html_theme = "furo"
