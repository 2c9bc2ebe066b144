"""The contract's functions for machines: HTTP endpoints and MCP tools, both through Gradio. It knows nothing of the page.

Docstrings here are what an MCP client reads to choose a tool; results are the records of the contract, spans and all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from wenyuan.chat.desk import OpenIndex
from wenyuan.cite import answer_record, search_record
from wenyuan.claim_check import claim_record
from wenyuan.claims import Cited, ClaimChecker
from wenyuan.errors import SettingsError
from wenyuan.explain import explain, passage_record, why_not

TOP_MAX = 100
SOURCE_CHARS_MAX = 20_000  # of one source that one call hands out
_CONTEXT_MAX = 20
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def functions(opened: OpenIndex, question_max_chars: int) -> dict[str, Callable[..., Any]]:
    """Endpoint name -> function."""

    def checked(question: object, context: object) -> tuple[str, tuple[str, ...]]:
        earlier = context or ()
        if not isinstance(question, str) or not isinstance(earlier, (list, tuple)) or not all(isinstance(turn, str) for turn in earlier):
            raise SettingsError("a question is a text, and its context a list of earlier questions")
        earlier = tuple(earlier)[-_CONTEXT_MAX:]
        if not question.strip():
            raise SettingsError("the question is empty: give a question")
        if max(map(len, (question, *earlier))) > question_max_chars:
            raise SettingsError(f"a question is too long: give at most {question_max_chars} characters")
        if _HALF_PAIR.search("".join((question, *earlier))):
            raise SettingsError("a question holds half a surrogate pair, which is no text: send it as UTF-8")
        return question.strip(), earlier

    def ask(question: str, context: list[str] | None = None) -> dict:  # type: ignore[type-arg]  # Gradio reads the bare type
        """Answer a question about the collected Chinese articles, with verbatim citations, or abstain with a reason.

        Args:
            question: The question, in Chinese.
            context: Earlier questions of the same conversation, oldest first, when this one is a follow-up.

        Returns:
            question, standalone, answer, sentence, abstained, reason, confidence, timings_ms, citations (uri, title, spans, quote).
        """
        text, earlier = checked(question, context)
        return answer_record(opened.ask(text, earlier)[1])

    def search(question: str, top: int = 10) -> dict:  # type: ignore[type-arg]
        """Find the passages of the collected articles that are nearest to a question, without answering it.

        Args:
            question: The question or key words, in Chinese.
            top: How many passages, 1 to 100.

        Returns:
            hits, best first: rank, score, source_id, uri, doc_id, chunk_id, spans, text.
        """
        text, _ = checked(question, None)
        assistant = opened.assistant
        with opened.working:
            hits = assistant.search(text, (), max(1, min(TOP_MAX, _whole("top", top))))
        return search_record(text, hits, assistant.index.sources)

    def source(uri: str, start: int = 0, end: int = 2000) -> dict:  # type: ignore[type-arg]
        """Read the untouched text of a cited source between two positions, to check a citation or see what stands around it.

        Args:
            uri: The uri of the source as a citation or a hit names it.
            start: First code point, from 0.
            end: One past the last code point; at most 20000 after start.

        Returns:
            uri, title, start, end, length of the whole source, and text.
        """
        article = next((one for one in opened.assistant.index.articles.values() if one.source.uri == uri), None)
        if article is None:
            raise SettingsError(f"there is no source {uri!r}: take a uri from a citation or a hit")
        text = article.source.text
        low = max(0, min(_whole("start", start), len(text)))
        high = max(low, min(_whole("end", end), len(text), low + SOURCE_CHARS_MAX))
        return {"uri": uri, "title": article.title, "start": low, "end": high, "length": len(text), "text": text[low:high]}

    def why(question: str, wanted: str = "", context: list[str] | None = None) -> dict:  # type: ignore[type-arg]
        """Explain how the answer to a question came about, or at which step a given article or sentence fell out.

        Args:
            question: The question, in Chinese.
            wanted: A uri, or a sentence in the article's own words, that was expected as evidence; empty to explain the answer.
            context: Earlier questions of the same conversation, oldest first.

        Returns:
            standalone, expected, scope, terms and passages with their rank and score at each stage and where they fell out.
        """
        text, earlier = checked(question, context)
        assistant = opened.assistant
        if not _is_text(wanted):
            raise SettingsError("what was wanted is a text: a uri, or a sentence of an article")
        with opened.working:
            if wanted.strip():
                found = why_not(assistant, text, earlier, wanted.strip())
                return {"question": text, "wanted": wanted, "passages": [passage_record(one.passage) for one in found]}
            return {"question": text, **explain(assistant, text, earlier).record()}

    def verify(claim: str, uri: str = "", quote: str = "") -> dict:  # type: ignore[type-arg]
        """Check whether the collected articles bear a statement out, and name what differs: number, unit, date, place, subject or negation.

        Args:
            claim: One sentence, in Chinese.
            uri: The article that the sentence cites, if it cites one; without it the evidence is searched.
            quote: The words of that article that it cites; empty to use all of the article.

        Returns:
            verdict (supported, contradicted or not_stated), sentence, differences (what, claimed, stated, message), citations.
        """
        if not all(map(_is_text, (claim, uri, quote))):
            raise SettingsError("claim, uri and quote are texts")
        if quote.strip() and not uri.strip():
            raise SettingsError("a quote needs the uri of the article that it is taken from")
        cited = Cited(uri.strip(), quote.strip()) if uri.strip() else None
        with opened.working:
            return claim_record(ClaimChecker(opened.assistant).check(claim, cited))

    return {"ask": ask, "search": search, "source": source, "why": why, "verify": verify}


def _is_text(value: object) -> bool:
    """Whether ``value`` is a text that can be encoded: JSON can carry half of a surrogate pair."""
    return isinstance(value, str) and not _HALF_PAIR.search(value)


def _whole(name: str, value: object) -> int:
    """``value`` as a whole number: what comes over HTTP need not be what the function's signature says."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"{name} is a whole number") from error
