"""A person's hand: the same acts with a mouse, or with nothing but a keyboard."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page

MOST_TABS = 600
IS_FOCUSED = "element => element === document.activeElement"
DROP = """(input, file) => {
    const carried = new DataTransfer();
    const bytes = Uint8Array.from(atob(file.bytes), letter => letter.charCodeAt(0));
    carried.items.add(new File([bytes], file.name));
    for (const kind of ["dragover", "drop"]) {
        input.form.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, cancelable: true}));
    }
}"""


@dataclass
class Hand:
    """Acts on a page; `kind` says with what."""

    page: Page
    kind: Literal["mouse", "keyboard"]

    def __post_init__(self) -> None:
        """Hear of file choosers from the start: the browser learns too late of a listener that
        comes just before the key, and then shows its own dialog."""
        self.page.on("filechooser", lambda _: None)

    @property
    def is_keyboard(self) -> bool:
        return self.kind == "keyboard"

    def go_to(self, place: Locator) -> Locator:
        """Have the focus on an element: by Tab alone, or not at all with a mouse."""
        place = place.first
        place.wait_for()
        if self.is_keyboard:
            for _ in range(MOST_TABS):
                if place.evaluate(IS_FOCUSED):
                    return place
                self.page.keyboard.press("Tab")
            raise AssertionError(f"Tab never comes to {place}")
        return place

    def press(self, name: str, *, role: Literal["button", "link"] = "button") -> None:
        self.act(self.page.get_by_role(role, name=name, exact=False))

    def act(self, place: Locator, *, leaves: bool = True) -> None:
        """Click, or press Enter on it; then wait for the page that it leads to."""
        place = self.go_to(place)
        self.page.evaluate("window.isBefore = true")
        if self.is_keyboard:
            self.page.keyboard.press("Enter")
        else:
            place.click()
        if leaves:
            self.page.wait_for_function("window.isBefore === undefined")
            self.page.wait_for_load_state()

    def tick(self, place: Locator) -> None:
        place = self.go_to(place)
        if self.is_keyboard:
            self.page.keyboard.press("Space")
        else:
            place.click()

    def fill(self, label: str, text: str, *, exact: bool = True) -> None:
        self.write(self.page.get_by_label(label, exact=exact), text)

    def write(self, place: Locator, text: str) -> None:
        place = self.go_to(place)
        if not self.is_keyboard:
            place.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(text)

    def choose(self, label: str, value: str) -> None:
        """An option of a select, by its value."""
        place = self.go_to(self.page.get_by_label(label, exact=True))
        if not self.is_keyboard:
            place.select_option(value)
            return
        self.page.keyboard.press("Home")
        for _ in range(300):
            if place.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no option {value}")

    def give_file(self, label: str, path: Path) -> None:
        """A file: dropped with the mouse, chosen in the dialog with the keyboard."""
        place = self.page.get_by_label(label, exact=True).first
        if self.is_keyboard:
            self.go_to(place)
            with self.page.expect_file_chooser() as chooser:
                self.page.keyboard.press("Enter")
            chooser.value.set_files(path)
            return
        held = {"name": path.name, "bytes": base64.b64encode(path.read_bytes()).decode()}
        place.evaluate(DROP, held)
