# SPDX-License-Identifier: Apache-2.0
"""What scripts/release is made of: pins, tools, outside libraries, the product, what is checked, packages."""
