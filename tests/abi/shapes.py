# SPDX-License-Identifier: Apache-2.0
"""Checks an answer against infrastate_describe(): no member is missing, none is undescribed, and each has
the promised type."""

import infrastate

TYPES = {"boolean": bool, "integer": int, "string": str, "rfc3339": str, "duration": str, "object": dict}
ARRAY = "array of "


class Shapes:
    def __init__(self):
        self._shapes = infrastate.describe()["abi"]["results"]

    def __contains__(self, shape):
        return shape in self._shapes

    def faults(self, value, shape, where="the answer"):
        """How `value` breaks the promise, in sentences. `shape` is a shape or a type."""
        if shape.startswith(ARRAY):
            if type(value) is not list:
                return [f"{where} is no list: {value!r}"]
            return [fault for item in value for fault in self.faults(item, shape[len(ARRAY):], f"{where}[]")]
        if shape in TYPES:
            return [] if type(value) is TYPES[shape] else [f"{where} is no {shape}: {value!r}"]
        if type(value) is not dict:
            return [f"{where} is no object: {value!r}"]
        fields = {field["name"]: field for field in self._shapes[shape]}
        return [f"{where}.{name} is not described" for name in value if name not in fields] + [
            fault for name, field in fields.items() for fault in self._faults_of_member(value, name, field, f"{where}.{name}")]

    def _faults_of_member(self, value, name, field, where):
        if name not in value:
            return [f"{where} is missing"] if field["always"] else []
        if value[name] is None:
            return [] if field["nullable"] else [f"{where} is null"]
        if "choices" in field and value[name] not in field["choices"]:
            return [f"{where} is none of its choices: {value[name]!r}"]
        return self.faults(value[name], field["type"], where)
