"""Xero's operations as attributes of a client: `xero.invoices.attachments.list(…)`.

What type checkers and editors see is `endpoints.pyi`, generated from the catalogue by
`scripts/build_stubs.py`; here the same names are looked up in the catalogue when they are used.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

from xeroport.api import operations
from xeroport.catalogue import Endpoint, load
from xeroport.xero.wire.decode import decode, raw_records

Run = Callable[[Endpoint, operations.OperationCall], Any]
"""Carries out one operation: gives its value, or a coroutine of it."""


@cache
def groups() -> dict[str, tuple[str, ...]]:
    """Each group of operations (`""` for the outermost) → the names directly in it."""
    members: dict[str, dict[str, None]] = {}
    for endpoint in load().endpoints:
        parts = endpoint.name.split(".")
        for depth in range(len(parts)):
            members.setdefault(".".join(parts[:depth]), {})[parts[depth]] = None
    return {group: tuple(names) for group, names in members.items()}


class Operation:
    """One operation of Xero, to be called; `endpoint` is what the catalogue knows of it."""

    def __init__(self, run: Run, endpoint: Endpoint) -> None:
        self._run = run
        self.endpoint = endpoint
        self.__name__ = endpoint.verb
        self.__qualname__ = endpoint.name
        self.__signature__ = operations.signature(endpoint)
        self.__doc__ = f"`{endpoint.method} {endpoint.path}` of Xero ({endpoint.operation})."

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._run(self.endpoint, operations.request(self.endpoint, args, keywords))

    def __repr__(self) -> str:
        return f"<{self.endpoint.name}>"


class OperationGroup:
    """Operations and further groups under one name, such as `xero.invoices`."""

    def __init__(self, run: Run, name: str) -> None:
        self._run = run
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        member = _member(self._run, self._name, name)
        self.__dict__[name] = member
        return member

    def __dir__(self) -> list[str]:
        return list(groups()[self._name])

    def __repr__(self) -> str:
        return f"<{self._name}: {', '.join(groups()[self._name])}>"


def _member(run: Run, group: str, name: str) -> OperationGroup | Operation:
    full = f"{group}.{name}" if group else name
    if full in groups():
        return OperationGroup(run, full)
    if name in groups()[group]:
        return Operation(run, load().endpoint(full))
    import difflib

    near = difflib.get_close_matches(name, groups()[group], n=1, cutoff=0.5)
    guess = f"; did you mean `{near[0]}`?" if near else ""
    where = f"`{group}`" if group else "Xero's API"
    raise AttributeError(f"{where} has no `{name}`{guess}")


class Endpoints:
    """Every operation of Xero as a method of a client; `_operate` carries one out."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"`{type(self).__name__}` has no `{name}`")
        member = _member(self._operate, "", name)
        self.__dict__[name] = member
        return member

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *groups()[""]]

    def _operate(self, endpoint: Endpoint, request: operations.OperationCall) -> Any:
        raise NotImplementedError

    def pages(self, endpoint: Endpoint | str, params: Any = None, **options: Any) -> Any:
        """The replies of a list endpoint, page after page."""
        raise NotImplementedError

    def records(
        self, endpoint: Endpoint | str, params: Any = None, *, raw: bool = False, **options: Any
    ) -> Iterator[Any]:
        """All records of a list endpoint, page by page; `raw` gives each as Xero's own bytes, and
        `options` are those of `pages`."""
        for reply in self.pages(endpoint, params, **options):
            yield from (raw_records if raw else decode)(reply.endpoint, reply.body)


class AsyncEndpoints(Endpoints):
    """The same, to be awaited."""

    async def records(  # type: ignore[override]
        self, endpoint: Endpoint | str, params: Any = None, *, raw: bool = False, **options: Any
    ) -> AsyncIterator[Any]:
        """All records of a list endpoint, page by page; `raw` gives each as Xero's own bytes, and
        `options` are those of `pages`."""
        async for reply in self.pages(endpoint, params, **options):
            for record in (raw_records if raw else decode)(reply.endpoint, reply.body):
                yield record
