"""Bring the catalogues up to date with the source: `python -m forms.translations.update`.

New words come in untranslated, words that nobody uses go; then fill in the empty ones by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "later": None}
OURS = "forms.translations.extract"
NOT_SHOWN = ("demo", "walk", "ui", "static", "translations")
METHODS = {
    "engine": [
        (f"{room}.py", f"{OURS}:constants")
        for room in (
            "people/roles",
            "people/commands",
            "projects/rules",
            "projects/commands/drafts",
            "workflow/migration",
            "workflow/rounds",
            "workflow/verbs",
            "workflow/queries/inbox",
            "workflow/queries/standing",
            "workflow/verbs",
        )
    ],
    "bpmn": [("*.bpmn", f"{OURS}:diagrams"), ("packs/*/pack.yaml", f"{OURS}:packs")],
    "forms": [
        *(
            (f"{folder}/**", "ignore")
            for folder in ("demo", "walk", "ui", "static", "translations")
        ),
        ("schemas/*.json", f"{OURS}:schemas"),
        ("audit/words.py", f"{OURS}:constants"),
        ("audit/entries.py", f"{OURS}:constants"),
        ("admin/tables.py", f"{OURS}:constants"),
        ("operations/deliveries.py", f"{OURS}:constants"),
        ("operations/incidents.py", f"{OURS}:constants"),
        ("operations/instances.py", f"{OURS}:constants"),
        ("projects/page.py", f"{OURS}:constants"),
        ("**.py", "python"),
        ("**.html", "jinja2"),
    ],
}
OPTIONS = {"**.html": {"trimmed": "true"}}
WIDTH = 100
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # so that the same words give the same file


def words() -> set[str]:
    """Every word that a page may show."""
    found: set[str] = set()
    for folder, methods in METHODS.items():
        for _file, _line, message, _comments, _context in extract_from_dir(
            ROOT / folder, methods, OPTIONS, keywords=KEYWORDS
        ):
            found |= {message} if isinstance(message, str) else set(message)
    return found - {""}


def catalogue(language: str) -> Catalog:
    """The committed catalogue of a language."""
    with _file(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> list[str]:
    """Rewrite a language's catalogue; the words that wait for a translation."""
    known = {str(one.id): str(one.string or "") for one in catalogue(language) if one.id}
    fresh = Catalog(
        locale=language,
        header_comment="# The words of the screen; Chinese is the source.",
        project="Bihuan",
        version="1",
        msgid_bugs_address="-",
        last_translator="-",
        language_team="-",
        creation_date=SOME_DAY,
        revision_date=SOME_DAY,
        fuzzy=False,
    )
    for word in sorted(words()):
        flags = ["python-format"] if "%(" in word else []
        fresh.add(word, known.get(word, ""), flags=flags)
    with _file(language).open("wb") as file:
        write_po(file, fresh, sort_output=True, width=WIDTH)
    return [str(one.id) for one in fresh if one.id and not one.string]


def _file(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    for waiting in update("en"):
        print(waiting)
