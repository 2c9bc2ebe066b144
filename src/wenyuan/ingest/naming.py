"""What a source is called, and when it holds nothing. It knows nothing of files and formats."""

from __future__ import annotations

import hashlib


def source_id(uri: str) -> str:
    """Twelve hexadecimal digits, the same for a uri on every machine."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def is_blank(text: str) -> bool:
    """True when no character of ``text`` can be seen."""
    return not text.strip("\ufeff\u200b \t\r\n\v\f\u00a0\u3000")
