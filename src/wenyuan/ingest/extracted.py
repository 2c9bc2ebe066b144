"""What a document of any format gives. It knows nothing of formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Extracted:
    """Visible text, the title and date of publication where the format states them, and what could not be read."""

    text: str
    title: str = ""
    published: date | None = None
    unread: tuple[tuple[str, str], ...] = ()  # (part, why): a page that is a picture
