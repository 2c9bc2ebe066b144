"""A sentence, and what it cites or nothing → whether the articles bear it out, where they say so, and what differs, in Chinese.

Without a citation the evidence is searched in the index. Then a passage speaks against a claim only where it is about the same
matter: of who, where and when on the one hand and how much on the other, one must agree. Knows nothing of doors.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wenyuan.binding import subjects
from wenyuan.chinese.names import places
from wenyuan.chinese.text import normalised
from wenyuan.cited_text import content_words
from wenyuan.claim_check import ClaimCheck, outcome
from wenyuan.contracts import Article, Chunk, Citation, Span, Spans
from wenyuan.errors import SettingsError
from wenyuan.evaluate.questions import locate
from wenyuan.evidence import synonyms
from wenyuan.mentions import Part, mentions
from wenyuan.retrieve import Retriever
from wenyuan.verify import Differing, Support, Verdict, verify

if TYPE_CHECKING:
    from wenyuan.answer import Assistant

CLAIM_MAX_CHARS = 300  # code points; a claim is one sentence, and each of its figures is held against each of a passage
_PASSAGES = 12  # found for a claim, or most like it in the source it names, that are read
_SAME_MATTER = 0.6  # share of a claim's words that a passage must hold to bear it out or speak against it
_IN_WORDS = 0.7  # the same for a claim without figures and dates, of which only words can be checked
_CLOSER = 0.15  # share of words by which a passage that speaks against a claim must be nearer to it than one that seems to bear it out
_NEARBY = 0.4  # share from which a passage that does neither is shown
_PER_SENTENCE = 0.12  # share of words that another sentence must add to a quote
_LONGEST_RUN = 3  # sentences of one quote
_WHOSE = frozenset({Differing.PLACE, Differing.SUBJECT, Differing.NAME, Differing.DATE})


@dataclass(frozen=True, slots=True)
class Cited:
    """What a claim cites: a source by its uri, and of it a quote or spans, or all of it."""

    uri: str
    quote: str = ""
    spans: Spans = ()


class ClaimChecker:
    """Holds claims against one opened index. Reads only; safe to share between threads."""

    def __init__(self, assistant: Assistant) -> None:
        settings = assistant.settings
        self._index = assistant.index
        self._find = Retriever(
            assistant.index, assistant.embedder, settings.candidates, settings.rrf_k, settings.fusion, settings.dense_share
        ).find

    def check(self, claim: str, cited: Cited | None = None) -> ClaimCheck:
        """The outcome for ``claim``, held against what it cites, or against what the search finds for it.

        SettingsError for no claim, one too long, or a source or span that the index does not hold.
        """
        started = time.perf_counter()
        claim = claim.strip()
        if not normalised(claim).strip():
            raise SettingsError("the claim is empty: give a sentence")
        if len(claim) > CLAIM_MAX_CHARS:
            raise SettingsError(f"a claim of {len(claim)} characters is too long: give one sentence of at most {CLAIM_MAX_CHARS}")
        if cited is None:
            found = self._judged(claim, [hit.chunk for hit in self._find(claim, _PASSAGES).hits])
        else:
            article = self._article(cited.uri)
            if cited.quote or cited.spans:
                found = self._quoted(claim, article, cited)
            else:
                found = self._judged(claim, self._most_like(claim, article))
        return replace(found, timings_ms={"total": (time.perf_counter() - started) * 1000})

    def _article(self, uri: str) -> Article:
        for article in self._index.articles.values():
            if uri in (article.source.uri, article.source.id):
                return article
        raise SettingsError(f"there is no source {uri!r}: `wenyuan inspect` lists their names")

    def _most_like(self, claim: str, article: Article) -> list[Chunk]:
        """The passages of one article that share most pairs of characters with the claim."""
        wanted = _pairs(claim)
        chunks = [chunk for chunk in self._index.chunks if chunk.source_id == article.source.id]
        return sorted(chunks, key=lambda chunk: (-len(wanted & _pairs(chunk.heading + chunk.text)), chunk.ordinal))[:_PASSAGES]

    def _quoted(self, claim: str, article: Article, cited: Cited) -> ClaimCheck:
        source = article.source
        spans = cited.spans
        if any(span.end > len(source.text) for span in spans):
            raise SettingsError(f"the span lies outside {source.uri}, which has {len(source.text)} characters")
        if cited.quote:
            span = locate(source.text, cited.quote)
            if span is None:
                return ClaimCheck(claim, Support.NOT_STATED, "所引的话在这篇文章里找不到，无从核对。")
            spans = (span,)
        over = next(
            (chunk for chunk in self._index.chunks if chunk.source_id == source.id and _overlap(chunk.spans, spans)),
            None,
        )
        text = source.slice(spans)
        verdict = verify(claim, text, over.heading if over else article.title, source.published)
        supports = verdict.support is Support.SUPPORTED
        section = over.section if over else ()
        return outcome(claim, verdict, (Citation.of(source, spans, 1, title=article.title, section=section, supports=supports),))

    def _judged(self, claim: str, chunks: Sequence[Chunk]) -> ClaimCheck:
        """The outcome against the passage that bears it out, else the one that speaks against it, else the nearest."""
        read = [self._read(claim, chunk) for chunk in chunks]
        read.sort(key=lambda one: (one.rank, one.held), reverse=True)
        if not read:
            return outcome(claim, Verdict(Support.NOT_STATED), ())
        best = read[0]
        against = max((one for one in read if one.rank == 1), key=lambda one: one.held, default=best)
        if best.rank == 2 and against.held - best.held > _CLOSER:  # what merely does not speak against it bears nothing out
            best = against
        if best.rank == 0:
            best = max(read, key=lambda one: one.held)
            verdict = Verdict(Support.NOT_STATED, best.verdict.differences)
            return outcome(claim, verdict, self._cite(best, supports=False) if best.held >= _NEARBY else ())
        return outcome(claim, best.verdict, self._cite(best, supports=best.verdict.support is Support.SUPPORTED))

    def _read(self, claim: str, chunk: Chunk) -> _Read:
        published = self._index.sources[chunk.source_id].published
        verdict = verify(claim, chunk.text, chunk.heading, published)
        held = coverage(claim, chunk.text, chunk.heading)
        rank = 0
        if held >= (
            _SAME_MATTER if any(mention.part in (Part.FIGURE, Part.DATE) for mention in mentions(normalised(claim))) else _IN_WORDS
        ):
            rank = 2 if verdict.support is Support.SUPPORTED else int(_speaks_against(verdict))
        best, most = (0, len(chunk.sentences)), -1.0
        for low, high in _runs(len(chunk.sentences)) if rank or held >= _NEARBY else ():
            bounds = chunk.sentence_bounds()
            text = chunk.text[bounds[low][0] : bounds[high - 1][1]]
            value = coverage(claim, text, chunk.heading) - _PER_SENTENCE * (high - low)
            if value > most and (rank == 0 or verify(claim, text, chunk.heading, published) == verdict):
                best, most = (low, high), value
        return _Read(claim, chunk, verdict, held, rank, best)

    def _cite(self, read: _Read, *, supports: bool) -> tuple[Citation, ...]:
        chunk = read.chunk
        bounds = chunk.sentence_bounds()
        low, high = bounds[read.run[0]][0], bounds[read.run[1] - 1][1]
        while low < high - 1 and chunk.text[low].isspace():
            low += 1
        while high - 1 > low and chunk.text[high - 1].isspace():
            high -= 1
        source = self._index.sources[chunk.source_id]
        spans = chunk.locate(low, high)
        subject = _subject_before(read)
        if subject is not None:
            spans = (*chunk.locate(*subject), *spans)
        return (Citation.of(source, spans, 1, title=chunk.title, section=chunk.section, supports=supports),)


@dataclass(frozen=True, slots=True)
class _Read:
    """One passage held against a claim."""

    claim: str
    chunk: Chunk
    verdict: Verdict
    held: float
    rank: int  # 2 bears it out, 1 speaks against it, 0 neither
    run: tuple[int, int]  # the sentences to quote


def _subject_before(read: _Read) -> tuple[int, int] | None:
    """``[start, end)`` in the passage of the earlier sentence that names whose the quote is, where quote and heading do not."""
    bounds = read.chunk.sentence_bounds()
    texts = [normalised(read.chunk.text[start:end]) for start, end in bounds[: read.run[1]]]
    quoted = "".join(texts[read.run[0] :]) + normalised(read.chunk.heading)
    named = {place.name for place in places(quoted) if not place.in_institution}
    wanted = {place.name for place in places(normalised(read.claim)) if not place.in_institution} - named
    for number in reversed(range(read.run[0])):
        if wanted & {place.name for place in subjects(texts[number])}:
            return bounds[number]
    return None


def coverage(claim: str, text: str, heading: str = "") -> float:
    """[0, 1]: share of the claim's characters of matter, figures left out, that ``text`` or its heading has, or words used for them."""
    said, cited = normalised(claim), normalised(text) + normalised(heading)
    total = held = 0.0
    for word in content_words(said):
        weight = len(word.text) if len(word.text) > 1 else 0.3
        total += weight
        held += weight * _holds(word.text, cited)
    return held / total if total else 1.0


def _holds(word: str, text: str) -> float:
    if word in text or any(other in text for other in synonyms().get(word, ())):
        return 1.0
    pairs = {word[at : at + 2] for at in range(len(word) - 1)}
    return 0.8 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def _speaks_against(verdict: Verdict) -> bool:
    """Whether what differs is either whose and when, or how much: where both differ, the passage tells of something else."""
    if verdict.support is not Support.CONTRADICTED:
        return False
    kinds = {difference.what for difference in verdict.differences}
    return len(kinds & _WHOSE) <= 1 and not (kinds & _WHOSE and kinds - _WHOSE) and Differing.TOPIC not in kinds


def _runs(count: int) -> Iterator[tuple[int, int]]:
    for low in range(count):
        for high in range(low + 1, min(count, low + _LONGEST_RUN) + 1):
            yield low, high


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"\W+", "", normalised(text))
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def _overlap(one: Iterable[Span], other: Sequence[Span]) -> bool:
    return any(a.start < b.end and b.start < a.end for a in one for b in other)
