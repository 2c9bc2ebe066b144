"""`Settings`: every knob with its unit, default and range. Made once at a door and passed down as values.

Values come from keyword arguments, then environment variables ``WENYUAN_<NAME>``, then a TOML file, then the defaults.
This module knows nothing of what the knobs do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from wenyuan.errors import SettingsError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_EMBEDDER = "multilingual-e5-small"
DEFAULT_READER = "wenyuan-reader"
NO_READER = "none"
FUSIONS = ("scores", "ranks")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; frozen. Unknown keys and values out of range raise SettingsError."""

    index_dir: str = "index"  # folder of generations
    embedder: str = DEFAULT_EMBEDDER  # the packaged default, or any sentence-transformers name or folder
    cache_dir: str = ""  # unpacked models; "" = the user's cache folder
    user_dictionary: str = ""  # jieba user dictionary, "" = none
    chunk_max_chars: int = 240  # code points of kept text per chunk
    candidates: int = 50  # hits taken from each search before fusion
    fusion: str = "scores"  # how the two searches become one: "scores" (convex combination) or "ranks" (reciprocal rank)
    dense_share: float = 0.4  # [0, 1] of the vector search where scores are fused; the rest is keyword search
    rrf_k: int = 60  # constant where ranks are fused (Cormack et al. 2009)
    top: int = 10  # hits returned
    read_passages: int = 24  # fused passages that are read for an answer
    reader: str = DEFAULT_READER  # the packaged one, a question-answering model or CrossEncoder by name or folder, or "none"
    reader_passages: int = 5  # passages that the reader reads at most: those that the searches and the rules think most of
    reader_first: int = 2  # passages that it reads before the rest
    reader_sure: float = 0.85  # confidence from which the rest is not read
    rerank_passages: int = 8  # fused passages that the reader puts in order for a search; 0 = fused order
    min_confidence: float = 0.4  # [0, 1]; below it the answer is an abstention; chosen on the curve that `wenyuan calibrate` prints
    question_max_chars: int = 2000  # code points; longer questions are refused
    feedback_dir: str = "feedback"  # what readers said of answers, as question lines, and the runs measured from the page
    source_max_bytes: int = 200_000_000  # one file, or one member of a zip
    source_max_chars: int = 20_000_000  # code points of text taken out of one file
    html_max_bytes: int = 10_000_000  # one web page
    pdf_max_pages: int = 2000
    archive_max_files: int = 10_000  # in one zip, or parts in one docx
    archive_max_bytes: int = 1_000_000_000  # that one zip or docx unpacks to
    writer_url: str = ""  # of an OpenAI-compatible server (http://127.0.0.1:8000/v1) that phrases answers; "" = none
    writer_model: str = ""  # the name it knows the model by
    writer_timeout_s: float = 20.0  # seconds for its whole reply; after that the answer is shown without it
    threads: int = 0  # for the model runtime; 0 = all cores

    def __post_init__(self) -> None:
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"setting {name} = {value} is out of range: give {low} to {high}")
        if self.writer_url and not self.writer_url.startswith(("http://", "https://")):
            raise SettingsError(f"setting writer_url = {self.writer_url} is no address: give http://… or https://…, or leave it empty")
        if self.fusion not in FUSIONS:
            raise SettingsError(f"setting fusion = {self.fusion} is unknown: give {' or '.join(FUSIONS)}")

    @classmethod
    def load(
        cls,
        toml: Path | None = None,
        environment: Mapping[str, str] | None = None,
        **overrides: Any,
    ) -> Settings:
        """Settings from a TOML file, the environment (``WENYUAN_…``) and ``overrides``, the last winning."""
        values: dict[str, Any] = {}
        if toml is not None:
            try:
                values.update(tomllib.loads(toml.read_bytes().decode("utf-8")))
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise SettingsError(f"settings file {toml}: {error}; give a UTF-8 TOML file of `name = value`") from error
        environment = os.environ if environment is None else environment
        for key, text in environment.items():
            if key.startswith("WENYUAN_"):
                values[key[len("WENYUAN_") :].lower()] = text
        values.update({key: value for key, value in overrides.items() if value is not None})
        known = {item.name: type(item.default) for item in fields(cls)}
        unknown = sorted(set(values) - set(known))
        if unknown:
            raise SettingsError(f"unknown setting {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        return cls(**{key: _as(known[key], key, value) for key, value in values.items()})


_RANGES: tuple[tuple[str, float, float], ...] = (
    ("chunk_max_chars", 40, 2000),
    ("candidates", 1, 1000),
    ("dense_share", 0, 1),
    ("rrf_k", 1, 1000),
    ("top", 1, 1000),
    ("read_passages", 1, 200),
    ("reader_passages", 1, 100),
    ("reader_first", 1, 100),
    ("reader_sure", 0.0, 1.0),
    ("rerank_passages", 0, 200),
    ("min_confidence", 0.0, 1.0),
    ("question_max_chars", 10, 100_000),
    ("source_max_bytes", 1000, 10_000_000_000),
    ("source_max_chars", 1000, 1_000_000_000),
    ("html_max_bytes", 1000, 1_000_000_000),
    ("pdf_max_pages", 1, 1_000_000),
    ("archive_max_files", 1, 1_000_000),
    ("archive_max_bytes", 1000, 100_000_000_000),
    ("writer_timeout_s", 0.1, 600),
    ("threads", 0, 1024),
)


def _as(kind: type, key: str, value: object) -> Any:
    """``value`` as ``kind``; a string is parsed, any other wrong type raises SettingsError."""
    if isinstance(value, kind) and not isinstance(value, bool):
        return value
    if isinstance(value, (str, int)) and not isinstance(value, bool) and kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    raise SettingsError(f"setting {key} = {value!r} is not a {kind.__name__}")
