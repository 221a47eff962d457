# SPDX-License-Identifier: Apache-2.0
"""What calls return: read-only views of the library's JSON that never print a secret. A failed result is
raised as an error that holds the result, so both are defined here. errors.py has one error per code."""

import hmac
import json
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterator, List, Mapping, NoReturn, Optional, Sequence, Tuple, Type, Union, overload

HIDDEN = "********"


class Secret:
    """A secret. Only reveal() shows it."""

    __slots__ = ("_text",)

    def __init__(self, text: str):
        if not isinstance(text, str):
            raise TypeError(f"a Secret is made of text, not of {type(text).__name__}")
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __str__(self) -> str:
        return HIDDEN

    def __format__(self, form: str) -> str:
        return format(HIDDEN, form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._bytes(), other._bytes())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def _bytes(self) -> bytes:
        return self._text.encode("utf-8", "surrogatepass")

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, _memo: Any) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled; reveal() it where it must go")

    def __getstate__(self) -> NoReturn:  # Python 3.11 gives every object one
        self.__reduce__()


def decode(text: bytes) -> Any:
    """The library's JSON, made unchangeable, with its secrets as Secrets: nothing here holds one as text."""
    try:
        return json.loads(text, object_hook=_frozen)
    except ValueError:
        return None  # the error is not returned: it holds the text


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping) and not isinstance(value, MappingProxyType):
        return MappingProxyType({name: Secret(each) if name == "secret" and isinstance(each, str) else _frozen(each)
                                 for name, each in value.items()})
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(each) for each in value)
    return value


def plain(value: Any, secret: Callable[[Secret], Any]) -> Any:
    """The frozen value as new dicts and lists, with `secret` applied to each Secret."""
    if isinstance(value, Mapping):
        return {name: plain(each, secret) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each, secret) for each in value]
    return secret(value) if isinstance(value, Secret) else value


class _Answer:
    """The base of a result and of a batch. It cannot be changed, so a copy is the same object."""

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, Any]):
        self._fields: Mapping[str, Any] = _frozen(fields)

    def as_dict(self, *, reveal: bool = False) -> Dict[str, Any]:
        """Dicts and lists that json.dumps() can write. Secrets are masked; `reveal` shows them."""
        made: Dict[str, Any] = plain(self._fields, Secret.reveal if reveal else str)
        return made

    @property
    def ok(self) -> bool:
        """Whether it succeeded. For a batch: whether all of its requests did."""
        return bool(self._fields["ok"])

    @property
    def code(self) -> str:
        """"OK", or the code of the failure: "ARGUMENT", "AUTH", ... For a batch with failures: "PARTIAL"."""
        return str(self._fields["code"])

    @property
    def changed(self) -> bool:
        """Whether something was changed. For a plan: whether apply() would change something."""
        return bool(self._fields["changed"])

    @property
    def outcome(self) -> str:
        """What is known about the server: "none" (nothing was changed), "changed" or "unknown"."""
        return str(self._fields["outcome"])

    @property
    def warnings(self) -> List[str]:
        """Sentences about doubtful things that did not stop the call."""
        return list(self._fields.get("warnings", ()))

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _memo: Any) -> Any:
        return self

    def __reduce__(self) -> Tuple[Any, ...]:
        # A Secret in the result refuses to be pickled. Otherwise the pickle would silently lack it,
        # or show it.
        return type(self), (plain(self._fields, lambda secret: secret),)


class Result(_Answer, Mapping[str, Any]):
    """One result: a mapping of its fields, with properties for the fields that every result has. The fields
    of one resource only, like `result["live_keys"]`, are read by name; describe() lists them. `secret` is a
    Secret or None in both forms. Lists inside the mapping are tuples; a property gives the caller a list
    of its own."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"Result({self.as_dict()!r})"

    @property
    def reason(self) -> Optional[str]:
        """One word for why something must be done, or nothing: "absent", "ok", "expired", ..."""
        return self._fields.get("reason")

    @property
    def actions(self) -> List[str]:
        """What was done, in order: "create", "delete", ... For a plan: what would be done."""
        return list(self._fields.get("actions", ()))

    @property
    def reasons(self) -> List[str]:
        """All the reasons that hold."""
        return list(self._fields.get("reasons", ()))

    @property
    def summary(self) -> Optional[str]:
        """What is to be done, or was done, as a command: "create access key 'x' of user 'y'"."""
        return self._fields.get("summary")

    @property
    def explanation(self) -> Optional[str]:
        """One sentence for a person."""
        return self._fields.get("explanation")

    @property
    def resource(self) -> Optional[Mapping[str, Any]]:
        """The resource as it is now; None if it does not exist or is not known."""
        return self._fields.get("resource")

    @property
    def diff(self) -> Optional[Mapping[str, Any]]:
        """The resource `before` and `after`; None if the call looked at nothing."""
        return self._fields.get("diff")

    @property
    def secret(self) -> Optional[Secret]:
        """The new key's secret, only from the call that makes it: it cannot be asked for again."""
        return self._fields.get("secret")

    @property
    def error(self) -> Optional["InfrastateError"]:
        """The error of a failed result. It is not raised: results of a batch fail one by one."""
        return None if self.ok else error_for(self)


class InfrastateError(Exception):
    """A call that failed. `outcome` tells what may have been done before the failure."""

    code = "INTERNAL"
    _by_code: Dict[str, Type["InfrastateError"]] = {}

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "code" in vars(cls):  # skips classes that a caller derives without a code of their own
            InfrastateError._by_code.setdefault(cls.code, cls)

    def __init__(self, result: Mapping[str, Any]):
        #: The whole answer. It holds a secret if a key was made before the failure.
        self.result = result if isinstance(result, Result) else Result(result)
        error: Mapping[str, Any] = self.result.get("error") or {}
        super().__init__(error.get("message") or self.code)
        self.detail: Optional[str] = error.get("detail")
        self.field: Optional[str] = error.get("field")
        self.http_status: Optional[int] = error.get("http_status")
        self.retryable: bool = bool(error.get("retryable"))
        self.outcome: str = self.result.get("outcome", "unknown")
        self.changed: bool = bool(self.result.get("changed"))

    def __copy__(self) -> "InfrastateError":
        return _again(type(self), self.result, vars(self))

    def __deepcopy__(self, _memo: Any) -> "InfrastateError":
        return self.__copy__()

    def __reduce__(self) -> Tuple[Any, ...]:
        # A pickle leaves the process, so it holds no secret. But an error must always get through:
        # each Secret in its result becomes None.
        more = {name: value for name, value in vars(self).items() if name != "result"}
        return _again, (type(self), plain(self.result, lambda _secret: None), more)


def _again(kind: Type[InfrastateError], result: Mapping[str, Any], more: Mapping[str, Any]) -> InfrastateError:
    error = kind(result)
    vars(error).update(more)
    return error


def error_for(result: Mapping[str, Any]) -> InfrastateError:
    """The exception for a failed result. A code of a later version becomes an InternalError."""
    known = InfrastateError._by_code
    return known.get(result.get("code", ""), known["INTERNAL"])(result)


class BatchResult(_Answer, Sequence[Result]):
    """The results of a batch, in the order of its requests. `ok` is False if one of them failed."""

    __slots__ = ("_results",)

    def __init__(self, fields: Mapping[str, Any]):
        super().__init__(fields)
        self._results = tuple(Result(each) for each in self._fields["results"])

    @property
    def message(self) -> Optional[str]:
        """How many requests failed, and the error of the first one."""
        return (self._fields.get("error") or {}).get("message")

    @overload
    def __getitem__(self, index: int) -> Result: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Result]: ...

    def __getitem__(self, index: Union[int, slice]) -> Union[Result, Sequence[Result]]:
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"BatchResult(ok={self.ok}, changed={self.changed}, outcome={self.outcome!r}, results={len(self)})"
