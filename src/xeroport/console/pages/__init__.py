"""The pages, one module an idea; each offers its `ROUTES`."""
