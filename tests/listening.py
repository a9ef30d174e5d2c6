"""What goes wrong in a page that a browser shows."""

from typing import Any


def listen(page: Any, wrong: list[str]) -> None:
    """Add to ``wrong`` every error of the page's code, and whatever its policy had to stop."""
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def add_if_stopped(message: Any) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    page.on("console", add_if_stopped)
