"""Schedules, and the poll beside webhooks."""
