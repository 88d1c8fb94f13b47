"""The five kinds of temporal value (DMN 1.5 §10.3.2.3.4 to .8), immutable and hashable."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.temporal.calendar import DAY, SECOND, civil, days_of, zone_offset


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""

    year: int
    month: int
    day: int

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return days_of(self.year, self.month, self.day)

    @staticmethod
    def at(days: int) -> Date:
        """The date of a count of days since 1970-01-01."""
        return Date(*civil(days))

    def __str__(self) -> str:
        return f"{'-' if self.year < 0 else ''}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day in nanoseconds, local, with an offset in seconds, or in a named zone."""

    nanos: int
    offset: int | None = None
    zone: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it says nothing about UTC."""
        return self.offset is None and self.zone is None

    def offset_on(self, date: Date) -> int | None:
        """Seconds east of UTC on that date."""
        if self.zone is None:
            return self.offset
        return zone_offset(self.zone, date.year, date.month, date.day, self.nanos)

    def __str__(self) -> str:
        seconds, nanos = divmod(self.nanos, SECOND)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
        return clock + fraction + (f"@{self.zone}" if self.zone else _offset_text(self.offset))


def _offset_text(offset: int | None) -> str:
    if offset is None:
        return ""
    if offset == 0:
        return "Z"
    size = abs(offset)
    text = f"{'-' if offset < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}"
    return text + (f":{size % 60:02d}" if size % 60 else "")


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day."""

    date: Date
    time: Time

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00:00 on the local clock."""
        return self.date.days * DAY + self.time.nanos

    @property
    def instant(self) -> int:
        """Nanoseconds since the epoch; a local value counts as UTC."""
        return self.local - (self.time.offset_on(self.date) or 0) * SECOND

    def moved_to(self, local: int) -> DateTime:
        """The same offset or zone at another local time."""
        days, nanos = divmod(local, DAY)
        return DateTime(Date.at(days), Time(nanos, self.time.offset, self.time.zone))

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class Days:
    """A days and time duration in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        seconds, nanos = divmod(abs(self.nanos), SECOND)
        days, seconds = divmod(seconds, 86_400)
        second = f"{seconds % 60}" + (f".{nanos:09d}".rstrip("0") if nanos else "")
        parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"))
        clock = "".join(f"{count}{unit}" for count, unit in parts if count)
        clock += f"{second}S" if second != "0" else ""
        text = "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return ("-" if self.nanos < 0 else "") + (text if text != "P" else "PT0S")


@dataclass(frozen=True, slots=True)
class Months:
    """A years and months duration in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return ("-" if self.months < 0 else "") + "P" + (text or "0M")
