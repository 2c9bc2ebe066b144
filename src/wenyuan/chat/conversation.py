"""One turn of a conversation, and the link that reopens it. It knows nothing of HTML, of Gradio, or of how an answer is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode

from wenyuan.contracts import Answer, Article

CONTEXT_TURNS = 6  # earlier questions given with a follow-up, and kept in a link
LINK_MAX_CHARS = 60_000  # a browser's own limit lies above


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer, what was asked before it, and the articles it cites, which stay to be read whatever becomes of the corpus."""

    answer: Answer
    context: tuple[str, ...] = ()
    articles: Mapping[str, Article] = field(default_factory=dict)  # by source id: those cited and those of the hits
    generation: str = ""  # of the index that answered
    made_in: str = ""  # the generation a link was made in, where it was another


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says: enough to ask again, from any browser, after any restart."""

    question: str
    context: tuple[str, ...] = ()
    number: int = 0  # of the footnote that is open; negative: a hit; 0: none
    generation: str = ""

    def encoded(self) -> str:
        """The part of an address behind ``#``."""
        pairs = [("q", self.question), *(("c", text) for text in self.context[-CONTEXT_TURNS:])]
        if self.number:
            pairs.append(("n", str(self.number)))
        if self.generation:
            pairs.append(("g", self.generation))
        return urlencode(pairs, quote_via=quote, encoding="utf-8", errors="replace")


def link_of(turn: Turn, number: int = 0) -> Link:
    """The link that reopens ``turn``, at footnote ``number``."""
    return Link(turn.answer.question, turn.context, number, turn.generation)


def parse_link(text: object) -> Link | None:
    """The link in the part of an address behind ``#``; None where it is none. Anyone may have written it."""
    if not isinstance(text, str) or len(text) > LINK_MAX_CHARS:
        return None
    try:
        fields = parse_qs(text.lstrip("#"), encoding="utf-8", errors="replace", max_num_fields=CONTEXT_TURNS + 8)
    except ValueError:
        return None
    question = "".join(fields.get("q", [])[:1]).strip()
    if not question:
        return None
    number = "".join(fields.get("n", [])[:1])
    digits = number.removeprefix("-")
    return Link(
        question,
        tuple(fields.get("c", [])[-CONTEXT_TURNS:]),
        int(number) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0,
        "".join(fields.get("g", [])[:1])[:80],
    )


def context_after(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The questions that a follow-up to ``turns`` is read after, oldest first."""
    return tuple(turn.answer.question for turn in turns[-CONTEXT_TURNS:])
