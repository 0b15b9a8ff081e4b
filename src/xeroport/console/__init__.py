"""The connector as a page: `serve(home, port)` opens it."""

from xeroport.console.serve import Served, serve

__all__ = ["Served", "serve"]
