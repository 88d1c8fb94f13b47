"""Built entries become tags; a rebuild is noticed without a restart."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from forms.assets import Assets

SHARED = {"file": "assets/shared-1.js", "css": ["assets/shared-1.css"]}


def build(folder: Path, manifest: dict[str, Any], at: int) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps(manifest))
    os.utime(file, ns=(at, at))


def test_styles_come_before_the_script_and_imports_are_preloaded(tmp_path: Path) -> None:
    page = {"file": "assets/page-1.js", "css": ["assets/page-1.css"], "imports": ["_shared.js"]}
    build(tmp_path, {"_shared.js": SHARED, "src/page.js": page}, 1)
    assert Assets(tmp_path, "/d/").tags("page").splitlines() == [
        '<link rel="stylesheet" href="/d/assets/shared-1.css">',
        '<link rel="stylesheet" href="/d/assets/page-1.css">',
        '<link rel="modulepreload" href="/d/assets/shared-1.js">',
        '<script type="module" src="/d/assets/page-1.js"></script>',
    ]


def test_chunks_that_import_each_other_are_named_once(tmp_path: Path) -> None:
    page = {"file": "page.js", "imports": ["_shared.js"]}
    shared = {"file": "shared.js", "imports": ["src/page.js"]}
    build(tmp_path, {"_shared.js": shared, "src/page.js": page}, 1)
    assert Assets(tmp_path).tags("page").count("shared.js") == 1


def test_a_rebuild_is_noticed(tmp_path: Path) -> None:
    assets = Assets(tmp_path)
    build(tmp_path, {"src/page.js": {"file": "page-1.js"}}, 1)
    assert "page-1.js" in assets.tags("page")
    build(tmp_path, {"src/page.js": {"file": "page-2.js"}}, 2)
    assert "page-2.js" in assets.tags("page")


def test_a_page_without_a_build_still_comes(tmp_path: Path) -> None:
    assert Assets(tmp_path).tags("page") == ""


def test_a_file_name_cannot_break_out_of_its_attribute(tmp_path: Path) -> None:
    build(tmp_path, {"src/page.js": {"file": 'x"><script>'}}, 1)
    assert "<script>" not in Assets(tmp_path).tags("page").replace("</script>", "")[20:]
