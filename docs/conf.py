"""How Sphinx makes the documentation; the lists of commands and settings are written from the code."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from console_lexer import ConsoleLexer  # noqa: E402  (it stands beside this file)
from generated import write_pages  # noqa: E402  (likewise)
from sphinx.application import Sphinx  # noqa: E402  (likewise)

from ownconda import __version__  # noqa: E402  (likewise)

project = "ownconda"
author = "the ownconda contributors"
copyright = "the ownconda contributors; Blue Oak Model License 1.0.0"
release = version = __version__

extensions = ["myst_parser", "sphinx_copybutton", "sphinx_design"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"ownconda {release}"
html_static_path = ["_static"]
html_css_files = ["own.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True}

# A click on a block's button copies the commands, without prompts and without what they print.
copybutton_prompt_text = r"\$ |> "
copybutton_prompt_is_regexp = True

write_pages(HERE / "_build" / "generated")


def setup(app: Sphinx) -> None:
    """Let console examples be coloured our way."""
    app.add_lexer("console", ConsoleLexer)
