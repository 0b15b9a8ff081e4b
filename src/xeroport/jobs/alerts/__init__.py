"""Saying where the user wants it that something unattended failed, or works again."""
