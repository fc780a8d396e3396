"""How pages are made of templates."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from mmf_mixer.report.numbers import plus_minus


def environment(room: str = "mmf_mixer.report") -> Environment:
    """Templates of a room, and those that all share, in which whatever comes from outside is escaped, and whatever is
    missing is an error."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(room), PackageLoader("mmf_mixer.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["plus_minus"] = plus_minus
    return made


def sealed(template: Template, content: Mapping[str, Any], media: str = "'none'") -> str:
    """The page with a content security policy for its `policy`: nothing runs, loads or is sent but the styles and
    scripts that stand in the page, and `media` files."""
    bare = template.render(content, policy="")
    own = {
        kind: " ".join(f"'{_digest(text)}'" for text in re.findall(rf"<{kind}>(.*?)</{kind}>", bare, re.DOTALL))
        or "'none'"
        for kind in ("script", "style")
    }
    policy = (
        f"default-src 'none'; script-src {own['script']}; style-src {own['style']}; "
        f"media-src {media}; base-uri 'none'; form-action 'none'"
    )
    return template.render(content, policy=policy)


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
