"""Jinja environments: one for each language, strict, escaping everything that is not a template.

Belongs here: how templates are found and made safe. Does not belong here: what they are given.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web import TEMPLATES
from web.i18n import Language


def environment(language: Language, *folders: Path) -> Environment:
    """Return an environment for templates in `folders`, which may extend `base.html`.

    Everything is escaped, whatever a template is called; a name that is not given is an error. Templates get
    `language`, the gettext functions and `{% trans %}`.
    """
    made = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals["language"] = language
    return made
