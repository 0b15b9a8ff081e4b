"""The pages of the sign-in: consent with organisations to tick, and refusals."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from xeroport_emulator.http.message import HTML, Reply

_HEADERS = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
_STYLE = (
    "body{font:16px system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
    "label{display:block;margin:.4rem 0}button{font:inherit;padding:.5rem 1.2rem;margin-right:1rem}"
    "code{font-size:.9em}.problem{color:#a00}"
)


def page(title: str, body: str, *, status: int = 200) -> Reply:
    """A page of the identity server."""
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return Reply(status, text.encode(), HTML, _HEADERS)


def refused(error: str, description: str) -> Reply:
    """A request that cannot be answered by going back to the app."""
    body = f'<p class="problem">Error: <code>{escape(error)}</code></p><p>{escape(description)}</p>'
    return page("Sorry, something went wrong", body, status=400)


def asking(
    *,
    app: str,
    organisations: Iterable[tuple[str, str, bool]],
    scopes: Iterable[str],
    problem: str = "",
) -> Reply:
    """The consent page. `organisations` are tenant ids, names, and whether they are connected."""
    boxes = "".join(
        f'<label><input type="checkbox" name="tenant" value="{escape(tenant_id)}"'
        f"{' checked' if connected else ''}> {escape(name)}</label>"
        for tenant_id, name, connected in organisations
    )
    wanted = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    told = f'<p class="problem">{escape(problem)}</p>' if problem else ""
    body = (
        f'{told}<form method="post"><p>{escape(app)} asks for access to these organisations:</p>'
        f"{boxes}<p>and for these scopes:</p><ul>{wanted}</ul>"
        '<button name="decision" value="allow">Allow access</button>'
        '<button name="decision" value="cancel">Cancel</button></form>'
    )
    return page("Connect to Xero", body, status=400 if problem else 200)
