"""The console as a web application: app, guard, forms, templates."""
