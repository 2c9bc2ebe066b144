"""A text that is cited → its segments, which of them go on about the one before, who acts in it, and its words of matter.

Texts given here are normalised. Knows nothing of claims.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from wenyuan.binding import subjects
from wenyuan.chinese.names import Place, places
from wenyuan.chinese.tags import Word, tagged
from wenyuan.evidence import segments_between
from wenyuan.mentions import Part, mentions

_SEGMENT_END = re.compile(r"[,;:。!?()—]+|\.(?!\d)|、(?=[^、,;:。!?]{1,12}\d)")
_GOES_ON = re.compile(r"同比|环比|比|较|增|降|占|折合|用于|支持")
_FUNCTION = set("的了在是和与及或也都就而把被对于从到为以之其这那个等着过地得并但所又共有给向由将已")


@dataclass(frozen=True)
class CitedText:
    """A normalised text with what stands over it, looked at again and again."""

    text: str
    heading: str

    @cached_property
    def segments(self) -> tuple[tuple[int, int], ...]:
        """``[start, end)`` of the runs between punctuation."""
        return segments_of(self.text)

    @cached_property
    def continues(self) -> tuple[bool, ...]:
        """For each segment, whether it goes on about what the one before it is about: it opens with a verb, not with a noun of its own."""
        return tuple(
            number > 0 and self.text[low - 1] not in ";。!?" and _goes_on(self.text, low, high)
            for number, (low, high) in enumerate(self.segments)
        )

    @cached_property
    def subjects(self) -> tuple[Place, ...]:
        """The places that open a clause."""
        return subjects(self.text)

    @cached_property
    def heads(self) -> tuple[Place, ...]:
        """The places that the heading names."""
        return tuple(place for place in places(self.heading) if not place.in_institution)


def _goes_on(text: str, low: int, high: int) -> bool:
    if _GOES_ON.match(text, low, high):
        return True
    for word in tagged(text):
        if word.start < low or word.tag == "x":
            continue
        if word.start >= high:
            return False
        if word.tag[:1] in "dc" or word.text in ("累计", "先后"):
            continue
        return word.tag == "v"
    return False


@lru_cache(maxsize=4096)
def segments_of(text: str) -> tuple[tuple[int, int], ...]:
    """``[start, end)`` of the runs of ``text`` between punctuation."""
    return segments_between(_SEGMENT_END, text)


def segment_of(segments: tuple[tuple[int, int], ...], position: int) -> int:
    """The number of the segment that holds ``position``."""
    return next((number for number, (_, end) in enumerate(segments) if position < end), len(segments) - 1)


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[Word, ...]:
    """The words of ``text`` that carry matter, without figures and dates."""
    taken = bytearray(len(text))
    for mention in mentions(text):
        if mention.part in (Part.FIGURE, Part.DATE):
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
    return tuple(
        word
        for word in tagged(text)
        if re.search(r"[^\W\d_]", word.text) and word.text not in _FUNCTION and not any(taken[word.start : word.end])
    )
