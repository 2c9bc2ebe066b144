"""Swap tests of the claim check: how many wrong claims it catches, and how many right ones it doubts.

    python eval/swap/run.py [--index-dir index] [--questions eval/questions/seeds.jsonl] [--out FILE.json] [--show 20]
    python eval/swap/run.py --searched [--questions …]
    python eval/swap/run.py --news corpus.jsonl [--sentences 1500]

Claims are made from every answerable question: the evidence sentence itself, and the statement that the question and its gold answer
make. Each is held, whole, rewritten and with one thing swapped, against the passage its evidence stands in (the chunk), as a citation
would be. With ``--searched`` no passage is given, and the statements are held against whatever the search finds.
With ``--news`` claims are the sentences of any corpus, held against the four sentences around them.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import opencc
from statements import premise, statement
from swaps import KINDS, PLACES, full_width, leading_subject, rewritten, swaps

from wenyuan.answer import Assistant
from wenyuan.claims import ClaimChecker
from wenyuan.config import Settings
from wenyuan.contracts import Question, Span
from wenyuan.evaluate.questions import load_questions
from wenyuan.store import LocalIndex, open_index
from wenyuan.verify import Support, Verdict, verify

ANSWER_MAX_CHARS = 20  # of a labelled question; longer ones make no statement that anybody would write
WRITINGS = ("as it is", "figures otherwise", "traditional", "full width")


@dataclass(frozen=True, slots=True)
class Claim:
    """A true claim with the passage that bears it out."""

    id: str
    form: str  # "sentence" or "statement"
    text: str
    passage: str
    heading: str


def main() -> None:
    """Prints the counts, and writes them to ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--index-dir", default="index")
    parser.add_argument("--questions", type=Path, default=Path("eval/questions/seeds.jsonl"))
    parser.add_argument("--searched", action="store_true", help="statements without a citation, against what the search finds")
    parser.add_argument("--split", help="only the questions of this split")
    parser.add_argument("--news", type=Path, help="a corpus.jsonl whose sentences are the claims, instead of questions")
    parser.add_argument(
        "--labelled", type=Path, help="a folder with corpus.jsonl and questions.jsonl: statements made from those questions"
    )
    parser.add_argument("--sentences", type=int, default=1500, help="with --news")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--show", type=int, default=0, help="print so many failures of each kind")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.labelled:
        claims, names, supposed = list(labelled_claims(arguments.labelled, arguments.sentences, Random(arguments.seed))), [], []
    elif arguments.news:
        claims, names, supposed = list(news_claims(arguments.news, arguments.sentences, Random(arguments.seed))), [], []
    else:
        index = open_index(Path(arguments.index_dir))
        questions = load_questions(arguments.questions, index.sources, arguments.split)
        claims, names, supposed = list(question_claims(index, questions)), gold_names(questions), premises(index, questions)
    if arguments.searched:
        figures = measure_searched(Path(arguments.index_dir), claims, names, supposed, Random(arguments.seed), arguments.show)
        print(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    figures = measure(claims, names, supposed, Random(arguments.seed), arguments.show)
    print(table(figures))
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def question_claims(index: LocalIndex, questions: Sequence[Question]) -> Iterator[Claim]:
    """The evidence sentences of every answerable question, and its statement."""
    for question in questions:
        found = [place for evidence in question.evidence for place in [evidence_place(index, evidence.uri, evidence.spans)] if place]
        for number, (sentence, passage, heading) in enumerate(found):
            yield Claim(f"{question.id}.{number}", "sentence", sentence, passage, heading)
        said = statement(question.text, question.kind, question.answers) if not question.context else ""
        if said and found:
            passages = list(dict.fromkeys(passage for _, passage, _ in (found[:1] if question.any_evidence else found)))
            yield Claim(question.id, "statement", said, "".join(passages), found[0][2])


def evidence_place(index: LocalIndex, uri: str, spans: Sequence[Span]) -> tuple[str, str, str] | None:
    """(sentence, passage, heading) that hold most of the evidence."""
    source = next(source for source in index.sources.values() if source.uri == uri)
    best, most = None, 0
    for chunk in index.chunks:
        if chunk.source_id != source.id:
            continue
        for sentence in chunk.sentences:
            shared = sum(max(0, min(one.end, other.end) - max(one.start, other.start)) for one in spans for other in sentence)
            if shared > most:
                best, most = (source.slice(sentence).strip(), chunk.text, chunk.heading), shared
    return best


def gold_names(questions: Sequence[Question]) -> list[str]:
    """Short gold answers that name a place or somebody: what another claim may wrongly name."""
    named = {answer for question in questions if question.kind in ("person_or_org", "place") for answer in question.answers}
    return sorted(name for name in named if re.fullmatch(r"[\u4e00-\u9fff]{2,4}", name) and name[-1] not in "部学院办司路港校园谷厅馆智文")


def premises(index: LocalIndex, questions: Sequence[Question]) -> list[tuple[str, bool, str, str]]:
    """(what a yes/no question supposes, whether it is so, passage, heading)."""
    found = []
    for question in questions:
        if question.kind != "yes_no":
            continue
        places = [place for evidence in question.evidence for place in [evidence_place(index, evidence.uri, evidence.spans)] if place]
        text = "".join(dict.fromkeys(passage for _, passage, _ in places))
        found.append((premise(question.text), question.answers[0] in ("是", "有", "对"), text, places[0][2]))
    return found


def news_claims(path: Path, count: int, random: Random) -> Iterator[Claim]:
    """Sentences of 20 to 120 characters, one of a document, with the two before and the two after as passage."""
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    random.shuffle(documents)
    for document in documents[:count]:
        sentences = [text for text in re.findall(r"[^。！？\n]+[。！？]?", document["text"]) if text.strip()]
        fitting = [at for at, text in enumerate(sentences) if 20 <= len(text) <= 120]
        figured = [at for at in fitting if re.search(r"\d", sentences[at])]
        if not fitting:
            continue
        at = random.choice(figured or fitting)
        yield Claim(
            document["id"], "sentence", sentences[at].strip(), "".join(sentences[max(0, at - 2) : at + 3]), document.get("title", "")
        )


def labelled_claims(folder: Path, count: int, random: Random) -> Iterator[Claim]:
    """Statements made from questions with marked answers, with the two sentences on either side of the answer as passage; simplified."""
    simplified = opencc.OpenCC("t2s").convert
    passages = {record["id"]: record for record in map(json.loads, (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines())}
    records = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    random.shuffle(records)
    for record in records:
        if not record["spans"] or count <= 0:
            continue
        span, question, answer = record["spans"][0], simplified(record["question"]), simplified(record["answers"][0])
        said = next((text for kind in ("count", "place") for text in [statement(question, kind, [answer])] if text), "")
        if not said or len(answer) > ANSWER_MAX_CHARS:
            continue
        passage = passages[span["doc_id"]]
        bounds = [match.span() for match in re.finditer(r"[^。！？\n]+[。！？]?", passage["text"])]
        at = next((number for number, (_, end) in enumerate(bounds) if end > span["start"]), 0)
        low, high = bounds[max(0, at - 2)][0], bounds[min(len(bounds) - 1, at + 1)][1]
        count -= 1
        yield Claim(record["id"], "statement", said, simplified(passage["text"][low:high]), simplified(passage.get("title", "")))


def measure(
    claims: Sequence[Claim], names: Sequence[str], supposed: Sequence[tuple[str, bool, str, str]], random: Random, show: int
) -> dict[str, Any]:
    """Counts of claims doubted and swaps caught, by form and kind."""
    traditional = opencc.OpenCC("s2t")
    subjects = sorted({subject for claim in claims for subject in [leading_subject(claim.text, names)] if subject} | set(PLACES[:12]))
    right: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    caught: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    named: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    shown: dict[str, int] = defaultdict(int)

    def tell(key: str, claim: str, was: str, verdict: Verdict, passage: str) -> None:
        if shown[key] < show:
            shown[key] += 1
            print(
                f"{key}: {claim}\n    {was} {verdict.support.value} {[(d.what.value, d.claimed, d.stated) for d in verdict.differences]}\n    {passage[:260]}"  # noqa: E501
            )

    for claim in claims:
        others = (claim.text, rewritten(claim.text), traditional.convert(claim.text), full_width(claim.text))
        for writing, text in zip(WRITINGS, others, strict=True):
            verdict = verify(text, claim.passage, claim.heading)
            doubted = verdict.support is not Support.SUPPORTED
            right[f"{claim.form}, {writing}"][0] += doubted
            right[f"{claim.form}, {writing}"][1] += 1
            if doubted and (writing == "as it is" or verify(claim.text, claim.passage, claim.heading).support is Support.SUPPORTED):
                tell("doubted", text, claim.id, verdict, claim.passage)
        for swap in swaps(claim.text, claim.passage, names, subjects, random):
            verdict = verify(swap.claim, claim.passage, claim.heading)
            found = verdict.support is not Support.SUPPORTED
            for key in (swap.kind, f"{swap.kind}, {claim.form}"):
                caught[key][0] += found
                caught[key][1] += 1
            if found:
                named[swap.kind][1] += 1
                named[swap.kind][0] += any(_touches(swap.now, difference.claimed) for difference in verdict.differences)
            else:
                tell(f"missed {swap.kind}", swap.claim, f"{swap.was} -> {swap.now}", verdict, claim.passage)
    for text, true, passage, heading in supposed:
        verdict = verify(text, passage, heading)
        key = "premise that is so" if true else "premise that is not so"
        (right if true else caught)[key][0] += verdict.support is not Support.SUPPORTED
        (right if true else caught)[key][1] += 1
        if (verdict.support is Support.SUPPORTED) is not true:
            tell(key, text, "", verdict, passage)
    return {"claims": len(claims), "doubted": dict(right), "caught": dict(caught), "named": dict(named)}


def measure_searched(
    index_dir: Path,
    claims: Sequence[Claim],
    names: Sequence[str],
    supposed: Sequence[tuple[str, bool, str, str]],
    random: Random,
    show: int,
) -> dict[str, Any]:
    """Counts of outcomes of statements held against what the search finds: right ones, and swapped ones by kind."""
    checker = ClaimChecker(Assistant.open(Settings(index_dir=str(index_dir))))
    statements = [claim for claim in claims if claim.form == "statement"]
    subjects = sorted({subject for claim in claims for subject in [leading_subject(claim.text, names)] if subject} | set(PLACES[:12]))
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    shown: dict[str, int] = defaultdict(int)
    asked = [("right", claim.text, claim.id) for claim in statements]
    asked += [("right premise" if true else "wrong premise", text, "") for text, true, _, _ in supposed]
    asked += [
        (swap.kind, swap.claim, f"{swap.was} -> {swap.now}")
        for claim in statements
        for swap in swaps(claim.text, claim.passage, names, subjects, random)
    ]
    for key, text, note in asked:
        found = checker.check(text)
        counts[key][found.support.value] += 1
        wrong = (found.support is Support.SUPPORTED) is not key.startswith("right")
        if wrong and shown[key] < show:
            shown[key] += 1
            print(f"{key}: {text}\n    {note} {found.sentence}\n    {[citation.quote[:150] for citation in found.citations]}")
    return {key: dict(of) for key, of in counts.items()}


def _touches(now: str, claimed: str) -> bool:
    return any(now[at : at + 2] in claimed for at in range(max(1, len(now) - 1))) or claimed in now


def table(figures: dict[str, Any]) -> str:
    """The counts as Markdown."""
    lines = [f"{figures['claims']} true claims", "", "| right claims | doubted | of | % |", "| --- | --- | --- | --- |"]
    total = [0, 0]
    for key, (doubted, of) in sorted(figures["doubted"].items()):
        lines.append(f"| {key} | {doubted} | {of} | {100 * doubted / of:.1f} |")
        total = [total[0] + doubted, total[1] + of]
    lines.append(f"| all | {total[0]} | {total[1]} | {100 * total[0] / max(1, total[1]):.1f} |")
    lines += ["", "| swapped | caught | of | % | difference named |", "| --- | --- | --- | --- | --- |"]
    for key, (caught, of) in sorted(
        figures["caught"].items(), key=lambda item: (KINDS.index(item[0].split(",")[0]) if item[0].split(",")[0] in KINDS else 99, item[0])
    ):
        by_name = figures["named"].get(key)
        lines.append(
            f"| {key} | {caught} | {of} | {100 * caught / of:.1f} | {f'{100 * by_name[0] / max(1, by_name[1]):.1f} %' if by_name else ''} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
