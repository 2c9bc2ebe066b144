"""What sources are called, which of them one name means, and when one holds nothing. It knows nothing of files and formats."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection

URI_MAX_CHARS = 500
_INVISIBLE = frozenset(("Cc", "Cf", "Zl", "Zp", "Zs"))


def source_id(uri: str) -> str:
    """Twelve hexadecimal digits, the same for a uri on every machine."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_blank(text: str) -> bool:
    """True when no character of ``text`` can be seen."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)


def file_of(uri: str) -> str:
    """The file that a line of a jsonl came from; of any other uri the uri itself."""
    match = re.search(r"\.jsonl(?=#)", uri, re.IGNORECASE)
    return uri if match is None else uri[: match.end()]


def under(name: str, held: Collection[str]) -> list[str]:
    """The uri ``name``, or else all uris of the file or folder ``name``."""
    if name in held:
        return [name]
    inside = (f"{name}#", f"{name.removesuffix('/')}/")
    return [uri for uri in held if uri.startswith(inside)] if name else []


def unfit(uri: str) -> str:
    """Why ``uri`` cannot be a document's name; "" for nothing."""
    if not uri.strip():
        return "cannot be renamed to nothing; give a name"
    if len(uri) > URI_MAX_CHARS:
        return f"cannot have a name of {len(uri)} characters; give at most {URI_MAX_CHARS}"
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in uri):
        return "cannot have a name with control characters in it"
    return ""
