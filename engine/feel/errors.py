"""What can go wrong with an expression as a whole; null logic inside one never raises."""

from __future__ import annotations

from engine.errors import Invalid
from engine.feel.complaints import Complaint, Place
from engine.sentences import Sentence


class FeelError(Invalid):
    """A complaint that ends the work: `message` in Chinese, `english` in English, both with the
    column where it is known."""

    code = "feel"

    def __init__(
        self, complaint: Complaint | str, *, element: str | None = None, **details: object
    ) -> None:
        self.complaint = (
            Complaint.of(complaint, **details) if isinstance(complaint, str) else complaint
        )
        super().__init__(
            self.complaint.located("zh"), element=element, english=self.complaint.located("en")
        )

    def locate(self, place: Place | None) -> None:
        """Say where, unless that is known."""
        self.complaint = self.complaint.at(place)
        self.english = self.complaint.located("en")
        self.message = Sentence(self.complaint.located("zh"), english=self.english)
        self.args = (self.message,)

    @property
    def position(self) -> int:
        """Characters before the fault; 0 when the place is not known."""
        return self.complaint.place.start if self.complaint.place else 0


class SyntaxError_(FeelError):  # noqa: N801 - the standard's word; the underscore spares the builtin
    """The text is not FEEL."""

    code = "feel_syntax"


class FuelExhausted(FeelError):
    """The expression asked for more work, memory or depth than it was allowed."""

    code = "feel_fuel"
