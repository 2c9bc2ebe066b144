"""Runs on disk: written once, read again for a comparison or for the README. It knows nothing of measuring."""

from __future__ import annotations

from pathlib import Path

from wenyuan.errors import QuestionSetError
from wenyuan.evaluate.report import Report
from wenyuan.evaluate.tables import to_markdown


def write_run(report: Report, folder: Path) -> Path:
    """The path of the JSON file, ``<date>-<commit7>-<set>.json``; its table for people lies beside it as ``.md``.

    Where that name is taken by another run, a number is added: a run is never overwritten. Raises QuestionSetError when
    the folder cannot be written.
    """
    date = f"{report.run_id[:4]}-{report.run_id[4:6]}-{report.run_id[6:8]}"
    stem = f"{date}-{report.commit[:7]}-{report.set_name}"
    path, number = folder / f"{stem}.json", 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        while path.exists():
            number += 1
            path = folder / f"{stem}-{number}.json"
        path.write_bytes(report.to_json().encode("utf-8"))
        path.with_suffix(".md").write_bytes(to_markdown(report).encode("utf-8"))
    except OSError as error:
        raise QuestionSetError(f"cannot write the run to {folder}: {error.strerror}; give another folder") from error
    return path


def read_run(path: Path) -> Report:
    """The run in ``path``; raises QuestionSetError when it is missing or no run."""
    try:
        return Report.from_json(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise QuestionSetError(f"{path}: cannot be read ({error.strerror}); give a run that `wenyuan eval --out` wrote") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QuestionSetError(f"{path}: not a run of this version; give one that `wenyuan eval --out` wrote") from error


def newest_run(folder: Path, set_name: str) -> Report | None:
    """The latest run over ``set_name`` in ``folder``, by its run id; None when there is none."""
    runs = [read_run(path) for path in sorted(folder.glob("*.json"))]
    return max((run for run in runs if run.set_name == set_name), key=lambda run: run.run_id, default=None)
