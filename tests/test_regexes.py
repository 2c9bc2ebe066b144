"""No regular expression takes more than linear time: each is fed the worst that its own parse tree suggests.

All patterns of the package are found by reading its source. Where one is put together from values that only a call knows, a Chinese
character stands for them: they are escaped words, or alternatives that stand in a constant of the module and are tried by themselves.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from wenyuan.config import Settings

_NEW = sys.version_info >= (3, 11)
sre: Any = importlib.import_module("re._constants" if _NEW else "sre_constants")
parser: Any = importlib.import_module("re._parser" if _NEW else "sre_parse")

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "wenyuan"
CALLS = {"compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"}
ANCHORED = {"match", "fullmatch"}
STAND_IN = "北"
NOWHERE = "\x01"
SIZES = (12, 24, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000)
LARGE = 1_000_000
# These modules look at questions alone, which are no longer than this unless a setting allows it; there more than linear will do.
QUESTION_MODULES = ("analyse.py", "judge.py", "sides.py", "extract/figures.py", "extract/__init__.py", "followup.py")
QUESTION_CHARS = Settings().question_max_chars
QUESTION_SECONDS = 1.0  # some fifteen times what the slowest takes
MEASURABLE_SECONDS = 0.02
LONG_ENOUGH = 16  # a repeat of fewer is bounded for all purposes


@dataclass(frozen=True)
class Pattern:
    place: str
    text: str
    flags: int
    anchored: bool


def patterns() -> list[Pattern]:
    found: dict[tuple[str, int, bool], Pattern] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        for pattern in patterns_of(path):
            found.setdefault((pattern.text, pattern.flags, pattern.anchored), pattern)
    return list(found.values())


def patterns_of(path: Path) -> Iterator[Pattern]:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re"
        and node.func.attr in CALLS
    ]
    if not calls:
        return
    module = importlib.import_module(name)
    unknown = False
    for call in calls:
        assert isinstance(call.func, ast.Attribute)
        text = value_of(call.args[0], module)
        if text is None:
            unknown = True
            continue
        flags = 0
        for argument in [*call.args[1:], *(keyword.value for keyword in call.keywords if keyword.arg == "flags")]:
            if ast.unparse(argument).startswith("re."):
                flags |= int(eval(ast.unparse(argument), vars(module)))
        anchored = call.func.attr in ANCHORED
        if call.func.attr == "compile":
            used = (
                set(re.findall(rf"{re.escape(target_of(tree, call))}\.({'|'.join(CALLS)})\b", source)) if target_of(tree, call) else set()
            )
            anchored = bool(used) and used <= ANCHORED
        yield Pattern(f"{path.relative_to(PACKAGE)}:{call.lineno}", text, flags, anchored)
    if unknown:  # the pattern is a variable: whatever texts the module's constants hold may be it
        for key, value in vars(module).items():
            if not key.startswith("__"):
                for text in texts_in(value):
                    yield Pattern(f"{path.relative_to(PACKAGE)}:{key}", text, 0, False)


def target_of(tree: ast.AST, call: ast.Call) -> str:
    """The constant that a compiled pattern is kept in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and node.value is call and isinstance(node.targets[0], ast.Name):
            return node.targets[0].id
    return ""


def value_of(node: ast.expr, module: Any) -> str | None:
    """The text of a pattern, stand-ins for what only a call knows; None where all of it is unknown."""
    try:
        value = eval(compile(ast.Expression(node), "pattern", "eval"), dict(vars(module)))
    except Exception:
        if isinstance(node, ast.JoinedStr):
            return "".join(value_of(part, module) or STAND_IN for part in node.values)
        if isinstance(node, ast.FormattedValue):
            return value_of(node.value, module) or STAND_IN
        if isinstance(node, ast.BinOp):
            return (value_of(node.left, module) or STAND_IN) + (value_of(node.right, module) or STAND_IN)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.escape":
            return STAND_IN
        return None
    return value if isinstance(value, str) else None


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str) and compiles(value):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, (tuple, list, frozenset, set)):
        for part in value:
            yield from texts_in(part)


def compiles(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


# -- the worst of a pattern ----------------------------------------------------------------------------------------------


def example(items: Any) -> str:
    """A short text that fits, as far as looking around is not asked for."""
    out = []
    for operation, value in items:
        if operation is sre.LITERAL:
            out.append(chr(value))
        elif operation is sre.NOT_LITERAL:
            out.append("北" if chr(value) != "北" else "南")
        elif operation is sre.ANY:
            out.append("北")
        elif operation is sre.IN:
            out.append(members(value)[0])
        elif operation is sre.SUBPATTERN:
            out.append(example(value[-1]))
        elif operation is sre.BRANCH:
            out.append(example(value[1][0]))
        elif operation in REPEATS:
            out.append(example(value[2]) * value[0])
        elif operation is getattr(sre, "ATOMIC_GROUP", None):
            out.append(example(value))
    return "".join(out)


def members(items: Any) -> list[str]:
    """A few characters of a set, different kinds first."""
    tried = "北1a 。，\n\t-#*(<|［·年月市AZ_./\\\"'“”《》0９\u3000\ufeff\x02é" + "".join(
        chr(value if operation is sre.LITERAL else value[0]) for operation, value in items if operation in (sre.LITERAL, sre.RANGE)
    )
    return [character for character in dict.fromkeys(tried) if holds(items, character)] or [NOWHERE]


def holds(items: Any, character: str) -> bool:
    code, found, negated = ord(character), False, False
    for operation, value in items:
        if operation is sre.NEGATE:
            negated = True
        elif operation is sre.LITERAL:
            found |= code == value
        elif operation is sre.RANGE:
            found |= value[0] <= code <= value[1]
        elif operation is sre.CATEGORY:
            kind = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w", "NOT_DIGIT": r"\D", "NOT_SPACE": r"\S", "NOT_WORD": r"\W"}
            found |= bool(re.match(kind[str(value).removeprefix("CATEGORY_")], character))
    return found is not negated


REPEATS = tuple(getattr(sre, name) for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") if hasattr(sre, name))


def attacks(items: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """(text before, text to repeat) for each repeat that is long: what leads to it, then what it takes."""
    for operation, value in items:
        if operation in REPEATS:
            low, high, body = value
            if high > LONG_ENOUGH:
                units = [example(body)]
                if len(body) == 1 and body[0][0] is sre.IN:
                    units = members(body[0][1])[:6]
                elif len(body) == 1 and body[0][0] in (sre.ANY, sre.NOT_LITERAL):
                    units = [character for character in "北1 a，" if holds_any(body[0], character)]
                yield from ((before, unit) for unit in units if unit)
            yield from attacks(body, before)
            before += example(body) * low
            continue
        if operation is sre.SUBPATTERN:
            yield from attacks(value[-1], before)
        elif operation is sre.BRANCH:
            for branch in value[1]:
                yield from attacks(branch, before)
        elif operation in (sre.ASSERT, sre.ASSERT_NOT):
            yield from attacks(value[1], before)
        elif operation is getattr(sre, "ATOMIC_GROUP", None):
            yield from attacks(value, before)
        before += example([(operation, value)])


def holds_any(item: Any, character: str) -> bool:
    operation, value = item
    return bool(operation is sre.ANY or character != chr(value))


def worst_cases(pattern: Pattern) -> list[tuple[str, str]]:
    """(what is said once, what is repeated)."""
    found = list(attacks(parser.parse(pattern.text, pattern.flags)))
    cases = dict.fromkeys(found)
    for before, unit in found:
        cases[("", unit)] = None
        if before:
            cases[("", before + unit)] = None
            cases[("", before)] = None
    units = list(dict.fromkeys(unit for _, unit in found))[:4]
    for first in units:
        for second in units:
            if first != second:
                cases[("", first + second)] = None
    whole = example(parser.parse(pattern.text, pattern.flags))
    for end in range(1, min(len(whole), 12)):  # a beginning again and again
        cases[("", whole[:end])] = None
    return list(cases)


def seconds(pattern: Pattern, compiled: re.Pattern[str], case: tuple[str, str], size: int) -> float:
    text = case[0] + case[1] * (size // len(case[1])) + NOWHERE
    began = time.process_time()
    if pattern.anchored:
        compiled.match(text)
        compiled.fullmatch(text)
    else:
        for _ in compiled.finditer(text):
            pass
    return time.process_time() - began


def growth(pattern: Pattern) -> tuple[str, tuple[str, str]] | None:
    """How the time of the worst case grows, where it is more than linearly; else None."""
    compiled = re.compile(pattern.text, pattern.flags)
    slowest, worst = 0.0, ("", STAND_IN)
    bounded = pattern.place.split(":")[0] in QUESTION_MODULES
    for case in worst_cases(pattern):
        for size in SIZES:
            if bounded and size > QUESTION_CHARS:
                break
            taken = seconds(pattern, compiled, case, size)
            if bounded:
                if taken > QUESTION_SECONDS:
                    return f"{size} characters take {taken:.1f} s", case
            elif taken > MEASURABLE_SECONDS:  # else it is too quick to be more than linear, and longer texts will tell
                half = min(seconds(pattern, compiled, case, size // 2) for _ in range(3))
                taken = min(taken, *(seconds(pattern, compiled, case, size) for _ in range(2)))
                if taken > MEASURABLE_SECONDS and taken > 3 * half:
                    return f"{size // 2} characters take {half:.3f} s, {size} take {taken:.3f} s", case
                break
        taken /= size
        if taken > slowest:
            slowest, worst = taken, case
    if not bounded and (taken := seconds(pattern, compiled, worst, LARGE)) > 10:
        return f"{LARGE} characters take {taken:.1f} s", worst
    return None


def test_the_patterns_are_found() -> None:
    found = patterns()
    assert len(found) > 200
    assert {"clean/lines.py", "ingest/dates.py", "chinese/numbers.py", "analyse.py"} <= {one.place.split(":")[0] for one in found}


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        (r"(a+)+b", False),
        (r"\d+x", False),
        (r"\s*$", False),
        (r"a.*b", False),
        (r"(?<!\d)\d{1,20}x", True),
        (r"[ab]{0,40}c", True),
        (r"^a+b", True),
    ],
)
def test_the_measure_tells_linear_from_not(text: str, linear: bool) -> None:
    assert (growth(Pattern("here", text, 0, False)) is None) is linear


@pytest.mark.slow
def test_every_pattern_is_linear() -> None:
    wrong = [(pattern, found) for pattern in patterns() if (found := growth(pattern))]
    assert not wrong, "\n".join(f"{pattern.place}: {how}, on {case!r}: {pattern.text[:120]!r}" for pattern, (how, case) in wrong)
