"""How the site is built: Sphinx, notebooks by myst-nb as they are committed, the reference from the package's docstrings."""

import importlib
import pkgutil
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import rewardlm
from rewardlm.utils.general_utils import document

project, author, copyright = "RewardLM", "The RewardLM developers", "2026, The RewardLM developers"
release = rewardlm.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
html_theme, html_title = "furo", f"RewardLM {release}"
html_static_path, html_css_files = ["_static"], ["site.css"]
exclude_patterns = ["_build"]
nb_execution_mode = "off"  # outputs are committed, and tested by nbdev_test
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
myst_links_external_new_tab = True
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]  # `name : str` is no reference
autodoc_mock_imports = [name for name in ("inspect_ai", "lm_eval") if find_spec(name) is None]
autodoc_typehints, autodoc_member_order = "none", "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring, napoleon_use_rtype = False, False
default_role = "code"  # docstrings are written in Markdown's manner
toc_object_entries_show_parents = "hide"

for found in pkgutil.walk_packages(rewardlm.__path__, "rewardlm."):
    if Path(getattr(found.module_finder, "path", ""), found.name).name.endswith("__main__"):
        continue
    try:
        importlib.import_module(found.name)
    except ImportError as error:  # an extra that is not installed
        print(f"{found.name} is left out: {error}", file=sys.stderr)
        continue
    document(found.name)


def _plain(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    "Our docstrings are plain text: what reStructuredText would read as marks is escaped outside of code."
    for i, line in enumerate(lines):
        if set(line) <= {"-"} or (match := re.match(r"^(\*{0,2}\w+)( : .*)?$", line)):  # napoleon's own lines
            lines[i] = match[1] + (match[2] or "").replace("*", "\\*") if set(line) - {"-"} else line
            continue
        parts = re.split(r"(`[^`]*`)", line)
        lines[i] = "".join(
            part if part.startswith("`") else re.sub(r"([*|]|(?<=\w)_(?=\W|$))", r"\\\1", part) for part in parts
        )


def setup(app: object) -> None:
    app.connect("autodoc-process-docstring", _plain, priority=100)  # before napoleon
