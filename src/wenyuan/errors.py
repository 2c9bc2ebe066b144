"""What can go wrong, drawn once. Every error says what happened and what to do next.

WenyuanError
├─ SettingsError       unknown key, value out of range
├─ SourceError         (carries ``uri``)
│  ├─ UnreadableSource     missing, no rights, damaged
│  ├─ UnknownEncoding      bytes that are neither UTF-8 nor GB18030
│  ├─ EmptySource          nothing left to read
│  │  └─ UnreadablePart       one page is a picture; the rest was read
│  └─ UnsupportedFormat    a kind of file this project does not open
├─ SpanError           a span outside its text: always our bug, never swallowed
├─ IndexFolderError
│  ├─ IndexMissing         nothing has been built there
│  ├─ IndexDamaged         a digest differs or a file is gone
│  ├─ IndexMismatch        built with another embedder, settings or format
│  ├─ IndexLocked          another process is writing
│  └─ ChangeCancelled      stopped on request before anything was changed
├─ ModelError
│  ├─ ModelUnavailable     says which files are needed and how to get them
│  └─ WriterError          the server that phrases answers gave nothing that can be used
└─ QuestionSetError    a line that does not parse, or evidence that is not in the source
"""

from __future__ import annotations


class WenyuanError(Exception):
    """Anything this project raises on purpose; doors print it as one line."""


class SettingsError(WenyuanError):
    """A setting has an unknown name or a value out of its range."""


class SourceError(WenyuanError):
    """One file could not become a source; ``build`` names it and goes on."""

    def __init__(self, uri: str, message: str) -> None:
        super().__init__(f"{uri}: {message}")
        self.uri = uri


class UnreadableSource(SourceError):
    """The file is missing, forbidden or damaged."""


class UnknownEncoding(SourceError):
    """The bytes decode neither as UTF-8 nor as GB18030."""


class EmptySource(SourceError):
    """The file holds no text."""


class UnreadablePart(EmptySource):
    """One part of a document holds no text to read; the rest of it was read, and comes before this as a source."""

    def __init__(self, uri: str, part: str, message: str) -> None:
        super().__init__(f"{uri} {part}", message)
        self.whole = uri
        self.reason = f"{part} {message}"


class UnsupportedFormat(SourceError):
    """The file is of a kind this project does not open."""


class SpanError(WenyuanError):
    """A span lies outside its text: always a bug of ours."""


class IndexFolderError(WenyuanError):
    """Something is wrong with the index folder."""


class IndexMissing(IndexFolderError):
    """Nothing has been built there yet."""


class IndexDamaged(IndexFolderError):
    """A file of the generation is missing or its digest differs."""


class IndexMismatch(IndexFolderError):
    """The generation was built with another embedder, settings or format."""


class IndexLocked(IndexFolderError):
    """Another process is writing to the index folder."""


class ChangeCancelled(IndexFolderError):
    """The change was stopped on request; the old generation is in force, and finished vectors are kept."""


class ModelError(WenyuanError):
    """Something is wrong with a model."""


class ModelUnavailable(ModelError):
    """A model's files are not on this machine."""


class WriterError(ModelError):
    """The server that phrases answers is down, late, or says nothing that can be read; the answer stands without it."""


class QuestionSetError(WenyuanError):
    """A line of a question set does not parse, or its evidence is not in the source."""
