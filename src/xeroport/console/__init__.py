"""The connector as a page: `serve(home, port)` opens it."""

from xeroport.console.serve import ServedConsole, serve

__all__ = ["ServedConsole", "serve"]
