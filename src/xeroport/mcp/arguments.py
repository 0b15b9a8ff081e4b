"""Arguments of a call checked before the tool sees them, with errors in plain words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.session import ServerSession
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel, ValidationError

from xeroport.mcp import answers

WORDS = {
    "missing": "`{name}` is missing",
    "string_type": "`{name}` must be text",
    "int_parsing": "`{name}` must be a whole number",
    "int_type": "`{name}` must be a whole number",
    "int_from_float": "`{name}` must be a whole number",
    "greater_than_equal": "`{name}` must be at least {ge}",
    "less_than_equal": "`{name}` must be at most {le}",
    "literal_error": "`{name}` must be {expected}",
    "dict_type": "`{name}` must be an object",
    "list_type": "`{name}` must be a list",
    "too_long": "`{name}` takes at most {max_length}",
    "too_short": "`{name}` must not be empty",
}


asking: ContextVar[str] = ContextVar("asking", default="unknown")
"""The client whose call is being answered."""
session_of_call: ContextVar[ServerSession | None] = ContextVar("session_of_call", default=None)
"""The session that it came by."""


def refusal(text: str) -> CallToolResult:
    """A result that says what was wrong."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)


class CheckedArguments:
    """Middleware that refuses unknown tools and wrong or unknown arguments; `models` has each
    tool's arguments."""

    def __init__(self) -> None:
        self.models: dict[str, type[BaseModel]] = {}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: Any) -> Any:
        if ctx.method == "tools/call":
            asking.set(_client_name(ctx))
            session_of_call.set(ctx.session)
            wrong = self._wrong(ctx.params or {})
            if wrong is not None:
                return refusal(wrong)
        return await call_next(ctx)

    def _wrong(self, params: Mapping[str, Any]) -> str | None:
        name, arguments = str(params.get("name", "")), params.get("arguments") or {}
        model = self.models.get(name)
        if model is None:
            return _unknown("tool", name, self.models)
        if not isinstance(arguments, Mapping):
            return "error: the arguments must be an object"
        for argument in arguments:
            if argument not in model.model_fields:
                return _unknown(f"argument of `{name}`", str(argument), model.model_fields)
        try:
            model.model_validate(dict(arguments))
        except ValidationError as error:
            return "error: " + "; ".join(_said(each) for each in error.errors()[:3])
        return None


def _client_name(ctx: ServerRequestContext[Any, Any]) -> str:
    """The name that the client gave itself."""
    params = getattr(ctx.session, "client_params", None)
    info = getattr(params, "client_info", None)
    return f"{info.name} {info.version}"[:80] if info is not None else "unknown"


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(names) or 'none'}"
    return f"error: there is no {kind} `{answers.short(name)}`\nhint: {hint}"


def _said(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"][:1])
    words = WORDS.get(str(error["type"]))
    if words is None:
        return f"`{name}`: {str(error['msg']).lower()}"
    return words.format(name=name, **(error.get("ctx") or {}))
