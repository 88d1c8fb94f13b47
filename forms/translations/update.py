"""Bring the catalogues up to date with the source: `python -m forms.translations.update`.

New words come in untranslated, words that nobody uses go; then fill in the empty ones by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
IN_CONTEXT = ((1, "c"), 2)
KEYWORDS: dict[str, Any] = {"_": None, "later": None, "pgettext": IN_CONTEXT}
Word = tuple[str | None, str]
"""A word with what it is said of, where that matters (`("done", "同意")`)."""
OURS = "forms.translations.extract"
NOT_SHOWN = ("demo", "walk", "ui", "static", "translations")
METHODS = {
    "engine": [
        (f"{room}.py", f"{OURS}:constants")
        for room in (
            "people/policy",
            "people/roles",
            "people/commands",
            "projects/rules",
            "projects/commands/drafts",
            "workflow/commands/suspending",
            "workflow/migration",
            "workflow/rounds",
            "workflow/rules",
            "workflow/queries/inbox",
            "workflow/queries/standing",
        )
    ]
    + [("workflow/verbs.py", f"{OURS}:verbs"), ("**.py", f"{OURS}:sentences")],
    "bpmn": [("*.bpmn", f"{OURS}:diagrams"), ("packs/*/pack.yaml", f"{OURS}:packs")],
    "reports": [("**.py", f"{OURS}:sentences")],
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
        ("**.py", f"{OURS}:code"),
        ("**.html", "jinja2"),
    ],
}
OPTIONS = {"**.html": {"trimmed": "true"}}
WIDTH = 100
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # so that the same words give the same file


def words() -> set[Word]:
    """Every word that a page may show."""
    found: set[Word] = set()
    for folder, methods in METHODS.items():
        for _file, _line, message, _comments, context in extract_from_dir(
            ROOT / folder, methods, OPTIONS, keywords=KEYWORDS
        ):
            texts = {message} if isinstance(message, str) else set(message)
            found |= {(context, text) for text in texts if text}
    return found


def catalogue(language: str) -> Catalog:
    """The committed catalogue of a language."""
    with _file(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> list[str]:
    """Rewrite a language's catalogue; the words that wait for a translation."""
    known = {(one.context, str(one.id)): str(one.string or "") for one in catalogue(language)}
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
    for context, word in sorted(words(), key=lambda one: (one[1], one[0] or "")):
        flags = ["python-format"] if "%(" in word else []
        fresh.add(word, known.get((context, word), ""), flags=flags, context=context)
    with _file(language).open("wb") as file:
        write_po(file, fresh, sort_output=True, width=WIDTH)
    return [str(one.id) for one in fresh if one.id and not one.string]


def _file(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "messages.po"


if __name__ == "__main__":
    for waiting in update("en"):
        print(waiting)
