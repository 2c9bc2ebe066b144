"""What the page does when asked, without Gradio: texts and clicks in, turns and HTML out.

One desk serves everybody; what belongs to one person, the turns, is passed in and handed back.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wenyuan.chat import article_view, rendering, trace_view
from wenyuan.chat.conversation import Link, Turn, context_after, parse_link
from wenyuan.chat.feedback import FAULTS, Verdict, keep
from wenyuan.chat.messages import in_chinese
from wenyuan.chat.remembered import Remembered
from wenyuan.contracts import Answer, Article, Spans, merge_adjacent
from wenyuan.errors import WenyuanError
from wenyuan.explain import Walk
from wenyuan.write import with_writing
from wenyuan.writers import writer_of

if TYPE_CHECKING:
    from wenyuan.answer import Assistant

EXAMPLES_SHOWN = 5
TURNS_KEPT = 30  # of a conversation; older ones leave the page
WORKED_AT_ONCE = 4  # questions; more make each other slower. Answers that are known already need not wait for these
_WALKS_REMEMBERED = 30  # so that the second thing asked of an explanation need not read all passages again

OnStage = Callable[[str], None]


def _ignore(stage: str) -> None:
    """Hears a stage and does nothing."""


class OpenIndex:
    """The assistant in force, which a change of the corpus replaces for everybody at once."""

    def __init__(self, assistant: Assistant) -> None:
        """``assistant`` is in force until `reopen`."""
        self._assistant = assistant
        self._lock = threading.Lock()
        self.working = threading.Semaphore(WORKED_AT_ONCE)  # held by whoever keeps the machine busy
        self._remembered = Remembered(self.working)

    @property
    def assistant(self) -> Assistant:
        """The one in force; whoever works with it keeps it to the end of the work."""
        return self._assistant

    def ask(self, question: str, context: tuple[str, ...] = (), on_stage: OnStage = _ignore) -> tuple[Assistant, Answer]:
        """An answer, worked out now or before, and the assistant whose index it rests on; raises what `Assistant.ask` does."""
        assistant = self._assistant
        answer = self._remembered.ask(assistant, question, context, on_stage)
        # what a writer makes of it is not kept: a server that was down may be up the next time
        return assistant, with_writing(answer, writer_of(assistant.settings), assistant.index.sources)

    def reopen(self) -> None:
        """Puts the generation that ``CURRENT`` names in force; raises IndexFolderError, and all stays as it was."""
        with self._lock:
            self._assistant = self._assistant.reopened()


@dataclass(frozen=True, slots=True)
class Asked:
    """What comes back for one question."""

    turns: list[Turn]
    html: str  # of all turns, with what went wrong above them
    reader: str | None  # HTML of the article to show; None: leave what is open


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers, reopens and shows."""

    opened: OpenIndex
    question_max_chars: int = 2000
    _walks: OrderedDict[tuple[str, str, tuple[str, ...]], Walk] = field(default_factory=OrderedDict)

    @property
    def articles(self) -> Mapping[str, Article]:
        """All articles of the index in force, by source id."""
        return self.opened.assistant.index.articles

    def answerable(self, questions: Sequence[str]) -> list[str]:
        """The first few of ``questions`` that this index answers."""
        found: list[str] = []
        for text in filter(None, map(str.strip, questions)):
            if len(found) == EXAMPLES_SHOWN:
                break
            # Not kept: the first answers of a process load what they need, and their times would be shown to whoever asks next.
            if not self.opened.assistant.ask(text).abstained:
                found.append(text)
        return found

    def ask(self, text: str, turns: Sequence[Turn], on_stage: OnStage = _ignore) -> Asked:
        """The conversation with one question more."""
        return self._asked(text, context_after(turns), turns, len(turns), on_stage)

    def revise(self, text: str, place: object, turns: Sequence[Turn], on_stage: OnStage = _ignore) -> Asked:
        """The conversation with the question at ``place`` put in other words, which stand on their own."""
        if not isinstance(place, int) or not 0 <= place < len(turns):
            return Asked(list(turns), rendering.turns(turns), None)
        return self._asked(text, (), turns, place, on_stage)

    def _asked(self, text: str, context: tuple[str, ...], turns: Sequence[Turn], place: int, on_stage: OnStage) -> Asked:
        # What a browser sends can hold halves of surrogate pairs, which no model or file can encode.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        longest = self.question_max_chars
        problem = ""
        if not text:
            problem = "请先写下问题。"
        elif len(text) > longest:
            problem = f"问题有 {len(text)} 个字，太长了；请缩短到 {longest} 个字以内。"
        else:
            try:
                turn = self._turn(text, context, on_stage)
            except WenyuanError as error:
                problem = in_chinese(error)
        if problem:
            return Asked(list(turns), rendering.problem(text, problem) + rendering.turns(turns), None)
        kept = [*turns[:place], turn, *turns[place + 1 :]][-TURNS_KEPT:]
        supporting = [citation for citation in turn.answer.citations if citation.supports]
        # After an abstention no marked sentence of an earlier answer may stay in view: it would look like evidence.
        shown = cited_page(turn, supporting[0].number, follow=False) if supporting else None
        newest = min(place, len(kept) - 1)
        return Asked(kept, rendering.turns(kept, newest), shown or article_view.shelf(self.articles))

    def _turn(self, text: str, context: tuple[str, ...], on_stage: OnStage = _ignore) -> Turn:
        assistant, answer = self.opened.ask(text, context, on_stage)
        return turn_of(assistant, answer, context)

    def restore(self, address: object, saved: object) -> Asked:
        """The conversation that a browser kept, open at the place its address names; a link from elsewhere opens alone.

        ``address`` is what stands behind ``#``, ``saved`` the addresses of the turns before a reload, oldest first.
        """
        wanted = parse_link(address)
        links = [link for link in map(parse_link, saved if isinstance(saved, list) else []) if link][-TURNS_KEPT:]
        same = [place for place, link in enumerate(links) if wanted and (link.question, link.context) == (wanted.question, wanted.context)]
        if wanted and not same:
            links, same = [wanted], [0]
        try:
            turns = [self._reopened(link) for link in links]
        except WenyuanError:
            turns = []
        if not turns:
            return Asked([], "", None)
        place = same[-1] if same else len(turns) - 1
        number = wanted.number if wanted else 0
        first = next((citation.number for citation in turns[place].answer.citations if citation.supports), 0)
        reader = cited_page(turns[place], number or first, follow=bool(number))
        return Asked(turns, rendering.turns(turns, place), reader)

    def _reopened(self, link: Link) -> Turn:
        text, context = link.question[: self.question_max_chars], tuple(one[: self.question_max_chars] for one in link.context)
        turn = self._turn(text, context)
        return replace(turn, made_in=link.generation) if link.generation not in ("", turn.generation) else turn

    def with_turn(self, text: str, context: tuple[str, ...], turns: Sequence[Turn]) -> list[Turn]:
        """The conversation with a question more that has a context of its own; as it was when it cannot be asked."""
        try:
            return [*turns, self._turn(text[: self.question_max_chars], context)][-TURNS_KEPT:]
        except WenyuanError:
            return list(turns)

    def why(self, place: object, turns: Sequence[Turn], found: str = "") -> str:
        """The HTML that explains the turn at ``place``, the last for any other, with ``found`` (HTML) of another passage."""
        if not turns:
            return trace_view.nothing()
        at = place if isinstance(place, int) and 0 <= place < len(turns) else len(turns) - 1
        turn = turns[at]
        trace = self._walk(turn).trace()
        return trace_view.page(turns, at, trace, {**self.articles, **turn.articles}, found)

    def _walk(self, turn: Turn) -> Walk:
        """How the answer of ``turn`` came about in the index in force."""
        assistant = self.opened.assistant
        key = (assistant.index.generation, turn.answer.question, turn.context)
        walk = self._walks.get(key)
        if walk is None:
            for other in [other for other in list(self._walks) if other[0] != key[0]]:  # they hold an index that is gone
                self._walks.pop(other, None)
            with self.opened.working:
                walk = self._walks[key] = Walk(assistant, turn.answer.question, turn.context, turn.answer)
            while len(self._walks) > _WALKS_REMEMBERED:
                with contextlib.suppress(KeyError):  # somebody else may be forgetting as well
                    self._walks.popitem(last=False)
        return walk

    def why_not(self, place: object, wanted: object, turns: Sequence[Turn]) -> str:
        """The explanation of a turn, with where the passages that ``wanted`` names fell out."""
        if not isinstance(place, int) or not 0 <= place < len(turns) or not isinstance(wanted, str) or not wanted.strip():
            return self.why(place, turns)
        turn = turns[place]
        wanted = wanted.strip()[: self.question_max_chars]
        found = self._walk(turn).why_not(wanted)
        return self.why(place, turns, trace_view.answer_why_not(found, wanted))

    def feedback(self, place: object, fault: object, right: object, note: object, turns: Sequence[Turn]) -> str:
        """A word of thanks, once what is wrong with the turn at ``place`` is a line of a question set; or why it is not."""
        if not isinstance(place, int) or not 0 <= place < len(turns) or fault not in FAULTS:
            return "没有记下：请在一个回答下面选哪里不对。"
        turn = turns[place]
        assistant = self.opened.assistant
        verdict = Verdict(str(fault), str(right or "")[:200], str(note or "")[:500])
        try:
            trace = self._walk(turn).trace()
            kept = keep(Path(assistant.settings.feedback_dir), turn, verdict, trace)
        except WenyuanError as error:
            return f"没有记下：{in_chinese(error)}"
        return f"已记入题集（{kept.id}）。" if kept.complete else f"已记下（{kept.id}），还缺正确答案或依据，等人补全。"

    def open(self, click: object, turns: Sequence[Turn]) -> str:
        """The HTML of what a click asks for. A click comes from a browser, so anything that makes no sense opens the list."""
        click = click if isinstance(click, dict) else {}
        source, place, number, raw = click.get("source"), click.get("turn"), click.get("number"), click.get("raw") is True
        if isinstance(place, int) and isinstance(number, int) and 0 <= place < len(turns):
            page = cited_page(turns[place], number, follow=True, raw=raw, place=place)
            if page is not None:
                return page
        if isinstance(source, str) and source in self.articles:
            return article_view.page_of(self.articles[source], follow=True, raw=raw)
        return article_view.shelf(self.articles)


def turn_of(assistant: Assistant, answer: Answer, context: tuple[str, ...]) -> Turn:
    """``answer`` with the articles it rests on."""
    ids = [citation.source_id for citation in answer.citations] + [hit.chunk.source_id for hit in answer.hits]
    articles = {id: assistant.index.articles[id] for id in dict.fromkeys(ids)}
    return Turn(answer, context, articles, assistant.index.generation)


def cited_page(turn: Turn, number: int, follow: bool, raw: bool = False, place: int | None = None) -> str | None:
    """The article of footnote ``number``, or of the hit at place ``-number`` where that is negative; None where there is none."""
    at = {} if place is None else {"turn": place, "number": number}
    answer = turn.answer
    if number < 0:
        for hit in answer.hits[-number - 1 : -number]:
            spans: dict[int, Spans] = {number: merge_adjacent(hit.chunk.spans)}
            return article_view.page_of(turn.articles[hit.chunk.source_id], spans, number, follow, raw, at)
    for citation in answer.citations:
        if citation.number == number:
            cited: dict[int, Spans] = {one.number: one.spans for one in answer.citations if one.source_id == citation.source_id}
            return article_view.page_of(turn.articles[citation.source_id], cited, number, follow, raw, at)
    return None
