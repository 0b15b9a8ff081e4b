"""To come with the push."""

from starlette.routing import Route

ROUTES: list[Route] = []
