"""Webhooks: what happened, signed and sent."""
