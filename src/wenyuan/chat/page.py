"""The page and its server: who may ask, what happens on a click, what is kept of a conversation. Gradio's only landlord."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wenyuan.chat import rendering
from wenyuan.contracts import Answer, Article, Spans, merge_adjacent
from wenyuan.errors import WenyuanError

if TYPE_CHECKING:
    import gradio

    from wenyuan.answer import Assistant

EXAMPLES_SHOWN = 5
TURNS_KEPT = 30  # of a conversation; older ones leave the page
CONTEXT_TURNS = 6  # earlier questions given with a follow-up


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, question_max_chars: int = 2000) -> None:
    """Nothing; serves the page until the keyboard stops it. Only browsers on this machine can reach it, and it reaches nobody."""
    page = make_page(assistant, question_max_chars)
    page.launch(**launch_options(host, port), prevent_thread_lock=True)
    print(f"http://{'[::1]' if host == '::1' else host}:{port}/", flush=True)
    try:
        threading.Event().wait()  # not page.block_thread(), which talks on stdout
    except KeyboardInterrupt:
        page.close(verbose=False)


def launch_options(host: str, port: int) -> dict[str, Any]:
    """Keyword arguments of ``Blocks.launch`` for a page that asks nothing of any other machine."""
    import gradio as gr

    fonts = ["system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
    named = [gr.themes.Font(name) for name in fonts]  # plain strings would be looked up as fonts to load
    return {
        "server_name": host,
        "server_port": port,
        "share": False,
        "quiet": True,
        "ssr_mode": False,
        "run_history": False,
        "footer_links": [],
        "enable_monitoring": False,
        "pwa": False,
        "mcp_server": False,
        "theme": gr.themes.Base(font=named, font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")]),
        "css": _resource("page.css"),
        "head": f"<script>{_resource('head.js')}</script>",
    }


def make_page(assistant: Assistant, question_max_chars: int = 2000, example_questions: Sequence[str] | None = None) -> gradio.Blocks:
    """The page as Gradio blocks, not yet served. Without ``example_questions`` those of ours are shown that this index answers."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while gradio loads, so it must stand before the import
    import gradio as gr

    desk = Desk(assistant, question_max_chars)
    chosen = desk.answerable(_resource("examples.txt").splitlines()) if example_questions is None else example_questions
    clicks = _resource("clicks.js")
    with gr.Blocks(title="问源", analytics_enabled=False, fill_width=True) as page:
        conversation = gr.State([])
        with gr.Row(elem_id="columns"):
            with gr.Column(elem_id="asking", min_width=0):
                gr.HTML('<header class="masthead"><h1>问源</h1><p>有出处的中文文章问答</p></header>')
                question = gr.Textbox(
                    elem_id="question",
                    label="问题",
                    show_label=False,
                    placeholder="问一个文章里能找到答案的问题",
                    lines=1,
                    max_lines=4,
                    max_length=desk.question_max_chars,
                    autofocus=True,
                    submit_btn="提问",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
                )
                chips = gr.HTML(rendering.examples(chosen), elem_id="examples", js_on_load=clicks)
                answers = gr.HTML(rendering.welcome(assistant.index.articles), elem_id="answers", js_on_load=clicks)
                fresh = gr.Button("换个话题，重新开始", elem_id="fresh", size="sm", visible=False)
            with gr.Column(elem_id="reading", min_width=0):
                reader = gr.HTML(rendering.shelf(assistant.index.articles), elem_id="reader", js_on_load=clicks + _resource("reader.js"))
        after = [question, conversation, answers, reader, fresh]

        def ask(text: str, turns: list[Answer]) -> list[Any]:
            turns, answered, shown = desk.ask(text, turns)
            return ["", turns, answered, gr.skip() if shown is None else shown, gr.update(visible=bool(turns))]

        def ask_example(turns: list[Answer], event: gr.EventData) -> list[Any]:
            return ask(str(event._data.get("question", "")), turns)

        def open_page(turns: list[Answer], event: gr.EventData) -> str:
            return desk.open(event._data, turns)

        def restart() -> list[Any]:
            return [
                "",
                [],
                rendering.welcome(assistant.index.articles),
                rendering.shelf(assistant.index.articles),
                gr.update(visible=False),
            ]

        for handler in (ask_example, open_page):  # Gradio evaluates annotations where gr, loaded in here, has no name
            handler.__annotations__["event"] = gr.EventData

        # The models take one question at a time; a queue of one keeps answers in order.
        one_at_a_time: dict[str, Any] = {
            "concurrency_limit": 1,
            "concurrency_id": "ask",
            "api_visibility": "private",
            "show_progress": "hidden",
        }
        question.submit(ask, [question, conversation], after, **one_at_a_time)
        chips.ask(ask_example, [conversation], after, **one_at_a_time)
        for clicked in (answers, reader):
            clicked.open(open_page, [conversation], [reader], api_visibility="private", show_progress="hidden")
        fresh.click(restart, None, after, api_visibility="private", show_progress="hidden")
    return page  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page does, without Gradio: texts and clicks in, HTML out."""

    assistant: Assistant
    question_max_chars: int = 2000

    @property
    def articles(self) -> Mapping[str, Article]:
        """All articles, by source id."""
        return self.assistant.index.articles

    def answerable(self, questions: Sequence[str]) -> list[str]:
        """The first few of ``questions`` that this index answers."""
        found: list[str] = []
        for text in filter(None, map(str.strip, questions)):
            if len(found) == EXAMPLES_SHOWN:
                break
            if not self.assistant.ask(text).abstained:
                found.append(text)
        return found

    def ask(self, text: str, turns: list[Answer]) -> tuple[list[Answer], str, str | None]:
        """The turns with the new one, their HTML, and the HTML of the article it cites first (None: leave what is open)."""
        # What a browser sends can hold halves of surrogate pairs, which no model or file can encode.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
        longest = self.question_max_chars
        if not text:
            return turns, rendering.problem("", "请先写下问题。") + rendering.turns(turns), None
        if len(text) > longest:
            return (
                turns,
                rendering.problem(text, f"问题有 {len(text)} 个字，太长了；请缩短到 {longest} 个字以内。") + rendering.turns(turns),
                None,
            )
        try:
            answer = self.assistant.ask(text, [turn.question for turn in turns[-CONTEXT_TURNS:]])
        except WenyuanError as error:
            return turns, rendering.problem(text, str(error)) + rendering.turns(turns), None
        turns = [*turns, answer][-TURNS_KEPT:]
        supporting = [citation for citation in answer.citations if citation.supports]
        # After an abstention no marked sentence of an earlier answer may stay in view: it would look like evidence.
        shown = self._cited(answer, supporting[0].number, follow=False) if supporting else rendering.shelf(self.articles)
        return turns, rendering.turns(turns), shown

    def open(self, click: object, turns: Sequence[Answer]) -> str:
        """The HTML of what a click asks for. A click comes from a browser, so anything that makes no sense opens the list."""
        click = click if isinstance(click, dict) else {}
        source, turn, number = click.get("source"), click.get("turn"), click.get("number")
        if isinstance(source, str) and source in self.articles:
            return rendering.page_of(self.articles[source], follow=True)
        if isinstance(turn, int) and isinstance(number, int) and 0 <= turn < len(turns):
            return self._cited(turns[turn], number, follow=True)
        return rendering.shelf(self.articles)

    def _cited(self, answer: Answer, number: int, follow: bool) -> str:
        """The article of footnote ``number``, or of the hit at place ``-number`` where that is negative."""
        if number < 0:
            for hit in answer.hits[-number - 1 : -number]:
                return rendering.page_of(self.articles[hit.chunk.source_id], {number: merge_adjacent(hit.chunk.spans)}, number, follow)
        for citation in answer.citations:
            if citation.number == number:
                cited: dict[int, Spans] = {one.number: one.spans for one in answer.citations if one.source_id == citation.source_id}
                return rendering.page_of(self.articles[citation.source_id], cited, number, follow)
        return rendering.shelf(self.articles)


def _resource(name: str) -> str:
    return files("wenyuan.chat").joinpath(name).read_text(encoding="utf-8")
