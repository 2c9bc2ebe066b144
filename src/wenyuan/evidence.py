"""Hits -> lines (sentences as they are read), and how much of a question each line and each place in it speaks to.

A line is read with what stands over and before it: title, section heading, the paragraph so far. Those count as evidence
of *whom* and *when*, less than the sentence itself. Knows nothing of answer types or of what is finally shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from wenyuan.chinese.names import pinyin
from wenyuan.chinese.text import normalise, normalised
from wenyuan.contracts import BlockKind, Chunk, Hit, Query, Spans

_SEGMENT_END = re.compile(r"[,;:。!?()—]+|\.(?!\d)")
_HEADING_WEIGHT = 0.85  # of a term that only the title or section heading has
_PARAGRAPH_WEIGHT = 0.85  # of a term that only an earlier sentence of the paragraph has
_PREVIOUS_WEIGHT = 0.45  # of a term that only the paragraph before has
_OVER_SHARE = 0.6  # of that, when nearness is judged
_SYNONYM_WEIGHT = 0.9
_GIVEN_SHARE = 0.45  # of the weight of a term that an earlier question supplied
_LEFT_FLOOR = 0.55  # the subject that opens a sentence holds to its end
_LEFT_DECAY = 0.8  # per segment between a term and a place that follows it
_BESIDE_BEFORE, _BESIDE_AFTER = 24, 12  # code points
_RIGHT_DECAY = 0.62  # per segment between a place and a term that follows it


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a hit, normalised, with what it is read under."""

    chunk: Chunk
    number: int  # which sentence of the chunk, from 0
    text: str  # normalised
    offsets: Sequence[int]  # text position -> position in chunk.text; len(text) + 1
    paragraph: str  # normalised earlier sentences of the chunk
    heading: str  # normalised title and section
    section: str  # normalised innermost section headings
    previous: str  # normalised chunk before, of the same section
    rank: int  # of its chunk after fusion, from 1
    segments: tuple[tuple[int, int], ...] = field(default=())  # runs between punctuation

    def locate(self, start: int, end: int) -> Spans:
        """Source spans under ``text[start:end]``."""
        low, high = self.original(start, end)
        return self.chunk.locate(low, high)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """``[start, end)`` in ``chunk.text`` under ``text[start:end]``."""
        last = self.offsets[end - 1]
        stop = end
        while stop < len(self.offsets) - 1 and self.offsets[stop] == last:
            stop += 1
        return self.offsets[start], max(self.offsets[stop], last + 1)

    def verbatim(self, start: int, end: int) -> str:
        """The source's own characters under ``text[start:end]``."""
        low, high = self.original(start, end)
        return self.chunk.text[low:high]

    @property
    def context(self) -> str:
        """All that the line may be read under."""
        return f"{self.heading} {self.paragraph} {self.previous}"

    def segment_of(self, position: int) -> int:
        """The number of the segment that holds ``position``."""
        for number, (_, end) in enumerate(self.segments):
            if position < end:
                return number
        return len(self.segments) - 1


class LineMaker:
    """Makes the lines of chunks and keeps those of the chunks used last, since questions keep coming back to the same ones."""

    def __init__(self, previous_of: Callable[[Chunk], Chunk | None], kept_chunks: int = 4096) -> None:
        """``previous_of`` gives the chunk before one in its source; the lines of ``kept_chunks`` chunks are kept."""
        self._previous_of = previous_of
        self._kept_chunks = kept_chunks
        self._made: dict[str, tuple[Line, ...]] = {}

    def of(self, hits: Sequence[Hit]) -> list[Line]:
        """Every sentence of every hit, in hit order then text order."""
        found = []
        for hit in hits:
            made = self._made.get(hit.chunk.id)
            if made is None:
                made = tuple(_lines(hit.chunk, self._previous_of(hit.chunk)))
                if len(self._made) >= self._kept_chunks:
                    self._made.clear()
                self._made[hit.chunk.id] = made
            found += [replace(line, rank=hit.rank) for line in made]
        return found


def _lines(chunk: Chunk, before: Chunk | None) -> Iterator[Line]:
    same = before is not None and before.section == chunk.section and before.kind == chunk.kind and chunk.kind is BlockKind.BODY
    previous = normalised(before.text) if same and before is not None else ""
    paragraph = ""
    heading, section = normalised(chunk.heading), normalised(" ".join(chunk.section))
    for number, (start, end) in enumerate(chunk.sentence_bounds()):
        plain = normalise(chunk.text[start:end])
        if not plain.text.strip():
            continue
        offsets = [start + offset for offset in plain.offsets]
        yield Line(chunk, number, plain.text, offsets, paragraph, heading, section, previous, 1, segments_between(_SEGMENT_END, plain.text))
        paragraph += plain.text


def segments_between(ends: re.Pattern[str], text: str) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` of the parts of ``text`` that close with a match of ``ends``, covering it; one part at least."""
    found, at = [], 0
    for match in ends.finditer(text):
        if match.start() > at:
            found.append((at, match.end()))
        at = match.end()
    if at < len(text):
        found.append((at, len(text)))
    return tuple(found) or ((0, len(text)),)


@lru_cache(maxsize=1)
def synonyms() -> dict[str, frozenset[str]]:
    """Word -> the words newspapers use for it."""
    groups: dict[str, set[str]] = {}
    for line in (Path(__file__).parent / "chinese" / "synonyms.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        group = line.split()
        for word in group:
            groups.setdefault(word, set()).update(other for other in group if other != word)
    return {word: frozenset(others) for word, others in groups.items()}


class Relevance:
    """How much of one question a line, or a place in a line, speaks to: idf-weighted coverage of its terms."""

    def __init__(self, query: Query, document_frequency: Callable[[str], int], documents: int) -> None:
        """``document_frequency`` of a term among ``documents`` passages weighs it: log(1 + N / (1 + df))."""
        self.query = query
        self.weights: dict[str, float] = {}
        for term in query.terms:
            frequency = document_frequency(term)
            weight = math.log(1 + documents / (1 + frequency))
            if len(term) == 1:
                weight *= 0.5
            if frequency == 0 and not any(document_frequency(other) for other in synonyms().get(term, ())):
                weight = min(weight, math.log(1 + documents / 12))  # perhaps a typo: no evidence that it matters most
            self.weights[term] = weight * (_GIVEN_SHARE if term in query.given else 1.0)
        self.total = sum(self.weights.values()) or 1.0
        self._unknown = {term for term in query.terms if len(term) > 1 and document_frequency(term) == 0}
        self._places = {term for term in query.terms if any(name in term for name in query.places)}
        self._strengths: dict[tuple[str, str], float] = {}

    def strength(self, term: str, text: str) -> float:
        """[0, 1]: how well ``text`` holds ``term`` itself, a word used for it, or most of its characters."""
        key = (term, text)
        if key not in self._strengths:
            self._strengths[key] = self._strength(term, text)
        return self._strengths[key]

    def _strength(self, term: str, text: str) -> float:
        if _stands(term, text):
            return 1.0
        if any(other in text for other in synonyms().get(term, ())):
            return _SYNONYM_WEIGHT
        if len(term) > 1 and term[-1] in "省市县区镇乡村" and term[:-1] in text and len(term) > 2:
            return 1.0
        if term.isascii() or len(term) < 2:
            return 0.0
        best = 0.0
        if len(term) >= 3:
            pairs = [term[i : i + 2] for i in range(len(term) - 1)]
            best = 0.85 * sum(pair in text for pair in pairs) / len(pairs)
        if term in self._unknown:
            best = max(best, self._alike(term, text))
        return max(best, 0.4 * sum(char in text for char in term) / len(term))

    def _alike(self, term: str, text: str) -> float:
        """[0, 0.9]: the run of ``text`` most like a term no passage has: same length, same sound or same characters."""
        best, size = 0.0, len(term)
        sound = pinyin(term)
        for at in range(len(text) - size + 1):
            run = text[at : at + size]
            same = sum(a == b for a, b in zip(run, term, strict=True))
            if same == 0:
                continue
            if len(sound) == size and pinyin(run) == sound:
                return 0.9
            best = max(best, 0.6 * same / size if same * 2 >= size else 0.0)
        return best

    def coverage(self, line: Line) -> float:
        """[0, 1]: of the question's terms, what the line and what stands over it hold together."""
        return sum(weight * self._held(term, line) for term, weight in self.weights.items()) / self.total

    def own_coverage(self, line: Line) -> float:
        """[0, 1]: of the question's terms, what the line itself holds."""
        return sum(weight * self.strength(term, line.text) for term, weight in self.weights.items()) / self.total

    def _held(self, term: str, line: Line) -> float:
        return max(self.strength(term, line.text), self._over(term, line))

    def _over(self, term: str, line: Line) -> float:
        return max(
            _HEADING_WEIGHT * self.strength(term, line.heading) if line.heading else 0.0,
            _PARAGRAPH_WEIGHT * self.strength(term, line.paragraph) if line.paragraph else 0.0,
            _PREVIOUS_WEIGHT * self.strength(term, line.previous) if line.previous else 0.0,
        )

    def nearness(self, line: Line, start: int, end: int, left: float = _LEFT_DECAY, right: float = _RIGHT_DECAY) -> float:
        """[0, 1]: coverage weighed by ``left`` or ``right`` for each segment between a term and ``line.text[start:end]``."""
        own = line.segment_of(start)
        last = line.segment_of(max(start, end - 1))
        total = 0.0
        for term, weight in self.weights.items():
            if term in self._places:  # whose figure it is, is judged by binding, not by distance
                total += weight * max(self.strength(term, line.text), self._over(term, line) / _HEADING_WEIGHT)
                continue
            best = _OVER_SHARE * self._over(term, line)
            for number, (low, high) in enumerate(line.segments):
                if number < own:
                    decay = max(left ** (own - number), _LEFT_FLOOR)
                elif number > last:
                    decay = right ** (number - last)
                else:
                    decay = 1.0
                if decay > best:
                    best = max(best, decay * self.strength(term, line.text[low:high]))
            total += weight * best
        return total / self.total

    def closeness(self, line: Line, start: int, end: int) -> float:
        """[0, 1]: coverage within the segment of ``line.text[start:end]``, falling with the characters between."""
        low, high = line.segments[line.segment_of(start)]
        text, total = line.text[low:high], 0.0
        for term, weight in self.weights.items():
            if term in self._places:
                continue
            best = 0.0
            for form in (term, *synonyms().get(term, ())):
                for found in re.finditer(re.escape(form), text):
                    gap = max(0, start - low - found.end(), found.start() - (end - low))
                    best = max(best, math.exp(-gap / 10))
            total += weight * best
        return total / self.total

    def beside(self, line: Line, start: int, end: int) -> tuple[float, float]:
        """[0, 1] each: coverage in the characters right before and right after ``line.text[start:end]``, falling with distance.

        A figure's own clause and the one that leads up to it (运输集装箱3万个标箱,同比增长13%) say what it is a figure of.
        """
        left, right = line.text[max(0, start - _BESIDE_BEFORE) : start], line.text[end : end + _BESIDE_AFTER]
        before = after = 0.0
        for term, weight in self.weights.items():
            if term in self._places:
                continue
            forms = (term, *synonyms().get(term, ()))
            ends = max((at + len(form) for form in forms if (at := left.rfind(form)) >= 0), default=-1)
            if ends >= 0:
                before += weight * math.exp(-(len(left) - ends) / _BESIDE_BEFORE)
            starts = min((at for form in forms if (at := right.find(form)) >= 0), default=-1)
            if starts >= 0:
                after += weight * math.exp(-starts / _BESIDE_AFTER)
        return before / self.total, after / self.total


def _stands(term: str, text: str) -> bool:
    """Whether ``text`` holds ``term``; Latin letters and digits only as whole runs: 22 is not in 2022, nor a in 4a."""
    at = text.find(term)
    while at >= 0:
        end = at + len(term)
        cut = (_latin(term[0]) and _latin(text[at - 1 : at])) or (_latin(term[-1]) and _latin(text[end : end + 1]))
        if not cut:
            return True
        at = text.find(term, at + 1)
    return False


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()
