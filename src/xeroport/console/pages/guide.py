"""The guide, served from the package: the same chapters as in `docs/guide`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.errors import UnknownName

PACKAGED = Path(__file__).parents[2] / "guide"
IN_A_CLONE = Path(__file__).parents[4] / "docs" / "guide"
FIRST = ("getting-started", "console", "instances", "sync", "ledger", "push", "unattended", "flows")
"""Chapters that come first, in this order."""
PLACEHOLDER = re.compile(r"[^a-z0-9 _-]")


@cache
def chapters() -> dict[str, str]:
    """Key → title of each chapter, in reading order."""
    folder = PACKAGED if PACKAGED.is_dir() else IN_A_CLONE
    titles = {path.stem: _title(path) for path in sorted(folder.glob("*.md"))}
    order = [*(key for key in FIRST if key in titles), *(k for k in titles if k not in FIRST)]
    return {key: titles[key] for key in order}


def _title(path: Path) -> str:
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("# ").strip() or path.stem


@cache
def rendered(key: str) -> Markup:
    """A chapter as HTML: no HTML of its own, headings that can be linked to, links inside the
    guide only."""
    from markdown_it import MarkdownIt  # 60 modules, for those who read the guide here

    folder = PACKAGED if PACKAGED.is_dir() else IN_A_CLONE
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse((folder / f"{key}.md").read_text(encoding="utf-8"))
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor(tokens[position + 1].content))
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _address(str(child.attrGet("href") or "")))
            elif child.type == "image":  # pictures of pages are for those who read elsewhere
                child.type, child.tag, child.content = "text", "", ""
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704


def anchor(heading: str) -> str:
    """The id of a heading, as code hosts make it."""
    return PLACEHOLDER.sub("", heading.lower()).strip().replace(" ", "-")


def _address(link: str) -> str:
    """Where a link of the guide leads here: to a chapter, or nowhere but this page."""
    if link.startswith(("https://", "#")):
        return link
    name, _, part = link.partition("#")
    key = Path(name).stem
    return f"/guide/{key}{'#' + part if part else ''}" if key in chapters() else "#"


def one(request: Request) -> HTMLResponse:
    """One chapter."""
    key = str(request.path_params.get("chapter", "getting-started"))
    if key not in chapters():
        raise UnknownName("chapter", key, chapters(), hint="the chapters are listed at /guide")
    return page(
        request, "guide.html", here="guide", chapters=chapters(), key=key, text=rendered(key)
    )


ROUTES = [page_at("/guide", one), page_at("/guide/{chapter}", one)]
