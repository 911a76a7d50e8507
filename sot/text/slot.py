"""Text of one part of an ordered output: what is released of it stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class TextSlot:
    """Text of one part, released as far as its turn has come.

    Args:
        text: The text so far.
        released: Characters of it that are released.
        finished: Whether it is the final text.
        placeholder: Whether it stands for a part that could not be written.
    """

    text: str = ""
    released: int = 0
    finished: bool = False
    placeholder: bool = False

    def restart(self) -> None:
        """Discard the text, of which nothing is released.

        Raises:
            RuntimeError: Some of it is.
        """
        if self.released:
            raise RuntimeError("released text cannot be taken back")
        self.text = ""

    def finish(self, text: str, *, placeholder: bool = False) -> None:
        """Set the final text.

        Raises:
            RuntimeError: It does not start with the released part.
        """
        if not text.startswith(self.text[: self.released]):
            raise RuntimeError("released text cannot be taken back")
        self.text, self.finished, self.placeholder = text, True, placeholder


__all__ = ["TextSlot"]
