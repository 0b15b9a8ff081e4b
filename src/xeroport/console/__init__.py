"""The connector as a local web page."""
