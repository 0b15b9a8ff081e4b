"""Xero's own import templates and exports, recognised by header and values."""

from xeroport.records.templates.header import Header, recognise
from xeroport.records.templates.recognised import Template, read_template

__all__ = ["Header", "Template", "read_template", "recognise"]
