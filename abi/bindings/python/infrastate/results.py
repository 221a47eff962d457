# SPDX-License-Identifier: Apache-2.0
"""What calls answer: read-only views of the library's JSON that never print a secret."""

import hmac
from typing import Any, Iterator, List, Mapping, Optional, Sequence

from .errors import InfrastateError, error_for

HIDDEN = "********"


class Secret:
    """A secret that shows itself only to reveal()."""

    __slots__ = ("_text",)

    def __init__(self, text: str):
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, form: str) -> str:
        return format(HIDDEN, form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> Any:
        raise TypeError("a Secret is not pickled; reveal() it where it must go")


class Result(Mapping[str, Any]):
    """One result: a mapping of its fields, and properties for the ones that every result has.
    `secret` is a Secret or None, by either way."""

    def __init__(self, fields: Mapping[str, Any]):
        self._fields = dict(fields)
        if self._fields.get("secret") is not None:
            self._fields["secret"] = Secret(self._fields["secret"])

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._fields!r})"

    @property
    def ok(self) -> bool:
        return bool(self._fields["ok"])

    @property
    def code(self) -> str:
        return str(self._fields["code"])

    @property
    def changed(self) -> bool:
        return bool(self._fields["changed"])

    @property
    def outcome(self) -> str:
        return str(self._fields["outcome"])

    @property
    def warnings(self) -> List[str]:
        return list(self._fields.get("warnings", []))

    @property
    def reason(self) -> Optional[str]:
        return self._fields.get("reason")

    @property
    def actions(self) -> List[str]:
        return list(self._fields.get("actions", []))

    @property
    def resource(self) -> Optional[Mapping[str, Any]]:
        return self._fields.get("resource")

    @property
    def secret(self) -> Optional[Secret]:
        return self._fields.get("secret")

    @property
    def error(self) -> Optional[InfrastateError]:
        """What it failed with, unraised: results of a batch fail one by one."""
        return None if self.ok else error_for(self._fields)


class BatchResult(Sequence[Result]):
    """The results of a batch in the order of its requests. `ok` is False where one of them failed."""

    def __init__(self, fields: Mapping[str, Any]):
        self._results = [Result(each) for each in fields["results"]]
        self.ok = bool(fields["ok"])
        self.changed = bool(fields["changed"])
        self.outcome = str(fields["outcome"])
        self.warnings: List[str] = list(fields.get("warnings", []))
        self.message: Optional[str] = (fields.get("error") or {}).get("message")

    def __getitem__(self, index: Any) -> Any:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"BatchResult(ok={self.ok}, changed={self.changed}, outcome={self.outcome!r}, results={len(self)})"
