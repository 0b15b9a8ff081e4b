"""Alerts: what a person is told when a job fails, and how it reaches them."""
