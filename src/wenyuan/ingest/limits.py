"""How much of one source is read: the limits that a bomb, or a mistake, would pass. It knows nothing of formats."""

from __future__ import annotations

from dataclasses import dataclass

from wenyuan.config import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be inside a file; `Settings` holds the same numbers under the same names, and says what each is."""

    source_max_chars: int
    html_max_bytes: int
    pdf_max_pages: int
    archive_max_files: int
    archive_max_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that ``settings`` give."""
        return cls(
            settings.source_max_chars,
            settings.html_max_bytes,
            settings.pdf_max_pages,
            settings.archive_max_files,
            settings.archive_max_bytes,
        )


USUAL = Limits.of(Settings())
