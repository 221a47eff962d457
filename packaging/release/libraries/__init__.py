# SPDX-License-Identifier: Apache-2.0
"""The libraries that are inside what is released, a module each: what it is called (NAME), which of the others it
needs (NEEDS), which files its making follows from beside its own (FILES), how it is built (build), its licence."""

from . import cares, openssl, poco

# Each after those that it needs.
ALL = (openssl, cares, poco)
