"""The tags that put a built entry of forms/ui into a page (Vite's manifest → link and script)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from markupsafe import Markup

DIST = Path(__file__).parent / "static" / "dist"
BASE = "/static/dist/"
YEAR = 365 * 24 * 3600

logger = logging.getLogger(__name__)
Manifest = Mapping[str, Mapping[str, Any]]


@dataclass
class Assets:
    """What the last build made. A rebuild is noticed by the manifest's modification time."""

    folder: Path = DIST
    base: str = BASE
    _manifest: Manifest = field(default_factory=dict, init=False)
    _read_at: int = field(default=-1, init=False)

    def tags(self, entry: str) -> Markup:
        """Styles, preloads and script of `entry`; nothing, with a warning, if it is not built."""
        manifest = self._current()
        key = f"src/{entry}.js"
        if key not in manifest:
            logger.warning("页面样式 %s 尚未构建，请运行 make front", entry)
            return Markup("")
        return Markup("\n").join(self._lines(manifest, key))

    def _lines(self, manifest: Manifest, key: str) -> Iterator[Markup]:
        chunks = list(_reached(manifest, key))
        styles = dict.fromkeys(css for chunk in chunks for css in chunk.get("css", ()))
        for css in styles:
            yield Markup('<link rel="stylesheet" href="{}">').format(self.base + css)
        for chunk in chunks[:-1]:
            yield Markup('<link rel="modulepreload" href="{}">').format(self.base + chunk["file"])
        script = self.base + chunks[-1]["file"]
        yield Markup('<script type="module" src="{}"></script>').format(script)

    def _current(self) -> Manifest:
        file = self.folder / "manifest.json"
        try:
            changed = file.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed != self._read_at:
            self._manifest, self._read_at = json.loads(file.read_bytes()), changed
        return self._manifest


def _reached(manifest: Manifest, key: str) -> Iterator[Mapping[str, Any]]:
    """The chunks that `key` imports, each once, what is imported first; itself last."""
    seen: set[str] = set()

    def walk(name: str) -> Iterator[Mapping[str, Any]]:
        if name in seen:
            return
        seen.add(name)
        for imported in manifest[name].get("imports", ()):
            yield from walk(imported)
        yield manifest[name]

    return walk(key)


def install(app: Flask) -> None:
    """Give templates `assets(entry)`; let browsers keep built files, whose names hold a hash."""
    assets = Assets()
    app.add_template_global(assets.tags, "assets")

    @app.after_request
    def keep(response: Response) -> Response:
        if request.path.startswith(BASE + "assets/") and response.status_code == 200:
            response.cache_control.max_age = YEAR
            response.cache_control.public = True
            response.cache_control.immutable = True
            response.cache_control.no_cache = None
        return response
