"""The district: 闵行区 with its towns and bureaus by their real names, and two 科室 in each."""

from __future__ import annotations

from dataclasses import dataclass

from forms.demo.files import read

DISTRICT = "QU"
OFFICE, PURSE = "项目办", "财务科"


@dataclass(frozen=True)
class Place:
    """A town or bureau; `oversees` names the towns whose projects a bureau reviews (主管部门)."""

    key: str
    name: str
    kind: str
    code: str
    oversees: tuple[str, ...] = ()


def towns() -> tuple[Place, ...]:
    """The fourteen 街镇, 莘庄工业区 among them."""
    told: dict[str, str] = read("units")["towns"]
    return tuple(
        Place(key, name, "town", f"1{number:02d}")
        for number, (key, name) in enumerate(told.items(), 1)
    )


def bureaus() -> tuple[Place, ...]:
    """The eight 委办局."""
    told: dict[str, dict[str, object]] = read("units")["bureaus"]
    return tuple(
        Place(key, str(one["name"]), "bureau", f"2{number:02d}", _words(one["oversees"]))
        for number, (key, one) in enumerate(told.items(), 1)
    )


def _words(value: object) -> tuple[str, ...]:
    assert isinstance(value, list)
    return tuple(str(word) for word in value)


def department_of(key: str) -> str:
    """The bureau that oversees a town; a bureau oversees itself."""
    return next((one.key for one in bureaus() if key in one.oversees), key)
