"""How pages are made of templates."""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template

from mmf_mixer.errors import InputError, shown
from mmf_mixer.report.numbers import plus_minus

MARKUP = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}  # inside JSON these stand in texts only


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


def embedded(data: object) -> str:
    """Data as JSON that may stand in a page, for no sign of it is markup."""
    return json.dumps(data, separators=(",", ":")).translate(MARKUP)


def address(path: str) -> str:
    """The address of a file at a path relative to the page, whatever its signs. Raises InputError for another."""
    parts = path.split("/")
    if "" in parts:
        raise InputError(f"{shown(path)} must be a path relative to the page, such as 'episode.mp4'.")
    try:
        return "/".join([".", *(quote(part, safe="") for part in parts)])
    except UnicodeEncodeError:  # bytes that are no UTF-8
        raise InputError(f"{shown(path)} has a name that is not UTF-8; rename it.") from None


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
