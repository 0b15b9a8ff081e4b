"""The `xeroport` command as a process of its own."""

from __future__ import annotations

import gc

FIRST_SEARCH = 60_000
"""Objects that hold others before garbage among them is searched for: more than the modules of
nearly all commands."""


def main() -> None:
    """Run the command line."""
    _leave_modules_alone()
    from xeroport.cli import main as command

    command()


def _leave_modules_alone() -> None:
    """Put off Python's searches for cyclic garbage while modules are loaded, and leave out of them
    all that is there at the first: it stays to the end, and most commands have none at all."""
    usual = gc.get_threshold()

    def begin(phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            gc.callbacks.remove(begin)
            gc.freeze()
            gc.set_threshold(*usual)

    gc.callbacks.append(begin)
    gc.set_threshold(FIRST_SEARCH)


if __name__ == "__main__":
    main()
