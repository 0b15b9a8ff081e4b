"""The console as an ASGI application: routes, guard, forms, templates, serving."""
