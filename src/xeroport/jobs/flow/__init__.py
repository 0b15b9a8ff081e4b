"""Flows: records carried from one place to another, again and again, each once.

The way of a record: `file` says what is wanted, `sources` reads, `mapper` evaluates, `intake` keeps
what was made with the checkpoint, `into_*` deliver, `run` does all of it in order.
"""
