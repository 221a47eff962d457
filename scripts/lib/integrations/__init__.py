# SPDX-License-Identifier: Apache-2.0
"""The parts of the integrations that are generated from the schema; each module has `generated(schema)`."""
