"""What 评测 does, without Gradio: question sets and runs that can be chosen, a run measured and kept, two runs compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wenyuan.chat import evaluation_view
from wenyuan.chat.corpus_view import trouble
from wenyuan.chat.desk import OpenIndex
from wenyuan.chat.feedback import COMPLETE
from wenyuan.chat.messages import in_chinese
from wenyuan.errors import WenyuanError
from wenyuan.evaluate import compare, evaluate, load_questions, read_run, write_run

# Looked for below the current folder, where the command line looks too.
SETS_FOLDER, RUNS_FOLDER = Path("eval", "questions"), Path("eval", "runs")
_FIRST_SET = "seeds"  # what `wenyuan eval` takes, and what is chosen until somebody chooses
_RUNS_LISTED = 40
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class EvaluationDesk:
    """Measures, keeps and shows runs."""

    opened: OpenIndex

    @property
    def _kept(self) -> Path:
        return Path(self.opened.assistant.settings.feedback_dir)

    def sets(self) -> dict[str, Path]:
        """Name -> file of every question set that can be chosen."""
        found = {path.stem: path for path in sorted(SETS_FOLDER.glob("*.jsonl"), key=lambda path: (path.stem != _FIRST_SET, path.stem))}
        found |= {f"上传：{path.stem}": path for path in sorted((self._kept / "sets").glob("*.jsonl"))}
        feedback = self._kept / COMPLETE
        return found | ({"读者反馈": feedback} if feedback.is_file() else {})

    def runs(self) -> dict[str, Path]:
        """Name -> file of the newest runs, newest first."""
        paths = [*RUNS_FOLDER.glob("*.json"), *(self._kept / "runs").glob("*.json")]
        paths.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        return {path.stem: path for path in paths[:_RUNS_LISTED]}

    def newest(self) -> str:
        """The view with the newest run open, where there is one."""
        name = next(iter(self.runs()), None)
        return self.page() if name is None else self.open(name)

    def page(self, told: str = "", chosen: str = "") -> str:
        """The view, with ``told`` (HTML) below the choices."""
        return evaluation_view.page([(name, name) for name in self.sets()], [(name, name) for name in self.runs()], told, chosen)

    def upload(self, path: Path, name: str) -> str:
        """Keeps an uploaded question set if every line of it can be used; the view."""
        place = self._kept / "sets" / name
        try:
            questions = load_questions(path, self.opened.assistant.index.sources)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
        except WenyuanError as error:
            return self.page(trouble(in_chinese(error).replace(str(path), name)))
        except OSError as error:
            return self.page(trouble(f"{place}: {error.strerror}"))
        return self.page(f'<section class="panel told"><h2>已上传 {len(questions)} 题，可以在“题集”里选用</h2></section>')

    def run(self, name: object, progress: Progress) -> str:
        """Asks every question of a set, keeps the run, and shows it."""
        path = self.sets().get(name) if isinstance(name, str) else None
        if path is None:
            return self.page(trouble("没有这个题集。请先选一个，或上传一个。"))
        assistant = self.opened.assistant
        try:
            questions = load_questions(path, assistant.index.sources)
            report = evaluate(assistant, questions, set_name=path.stem, settings=asdict(assistant.settings), progress=progress)
            kept = write_run(report, self._kept / "runs")
        except WenyuanError as error:
            return self.page(trouble(in_chinese(error)))
        return self.page(evaluation_view.report_page(report, kept.stem), kept.stem)

    def open(self, name: object) -> str:
        """A run that was kept."""
        path = self.runs().get(name) if isinstance(name, str) else None
        if path is None:
            return self.page(trouble("没有这次结果。"))
        try:
            return self.page(evaluation_view.report_page(read_run(path), path.stem), path.stem)
        except WenyuanError as error:
            return self.page(trouble(in_chinese(error)))

    def compare(self, before: object, now: object) -> str:
        """One kept run against another."""
        runs = self.runs()
        paths = [runs.get(name) if isinstance(name, str) else None for name in (before, now)]
        if paths[0] is None or paths[1] is None:
            return self.page(trouble("请选两次结果。"))
        try:
            comparison = compare(read_run(paths[0]), read_run(paths[1]))
        except WenyuanError as error:
            return self.page(trouble(in_chinese(error)))
        return self.page(evaluation_view.comparison_page(comparison), paths[1].stem)

    def missed(self, run: object, id: object) -> tuple[str, tuple[str, ...]] | None:
        """Question and earlier questions of one row of a run; None where there is none."""
        path = self.runs().get(run) if isinstance(run, str) else None
        if path is None or not isinstance(id, str):
            return None
        try:
            report = read_run(path)
        except WenyuanError:
            return None
        row = next((row for row in report.rows if row.id == id), None)
        return None if row is None else (row.question, self._contexts(report.set_name).get(id, ()))

    def _contexts(self, set_name: str) -> Mapping[str, tuple[str, ...]]:
        """Id -> earlier questions, from the set a run was made over; a row of a run does not hold them."""
        names = {path.stem: path for path in self.sets().values()}
        path = names.get(set_name) or names.get(set_name.removesuffix("-dev").removesuffix("-test"))
        lines = path.read_bytes().decode("utf-8-sig", "replace").splitlines() if path else []
        records = [record for record in map(_record, lines) if record]
        return {record["id"]: tuple(map(str, record.get("context", ()))) for record in records}


def _record(line: str) -> dict[str, Any]:
    """The object of a line; empty where it is none with an id."""
    try:
        record = json.loads(line)
    except ValueError:
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("id"), str) else {}
