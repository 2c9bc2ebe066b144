"""What is wrong with an index folder, and what to do about it: digests, then whether the files of a generation agree.

"Removed" means removed: every vector and every posting of the generation in force must belong to a passage of a source that is
in it, recomputed here from the texts. This module changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wenyuan.chinese.words import search_terms
from wenyuan.errors import IndexDamaged, IndexFolderError, IndexLocked
from wenyuan.store.building import embedded_digest, search_text
from wenyuan.store.folder import EMBEDDED, MANIFEST, READABLE_SOURCES, damaged, damages, generations, manifest_of, name_in_force
from wenyuan.store.local import Bm25Keywords
from wenyuan.store.opening import held_sources, lines_of, open_index
from wenyuan.store.writing import leftovers, only_writer


def check_index(index_dir: Path) -> list[str]:
    """What is wrong with the index folder, one sentence each; empty when all is well."""
    name = ""
    while True:
        before = name
        try:
            name = name_in_force(index_dir)
            findings = _generation_findings(index_dir, name)
        except IndexFolderError as error:
            findings = [str(error)]
        if not findings or name == before:
            break  # else it was perhaps replaced while it was looked at: what is wrong is wrong twice
    try:
        return findings + (_folder_findings(index_dir) if name else [])
    except OSError as error:
        return [*findings, f"{index_dir} cannot be read ({error.strerror or error}): mend the rights of the folder"]


def removed_but_held(index_dir: Path) -> dict[str, list[str]]:
    """Older generation -> uris whose text it still holds although the one in force does not; only where there are any."""
    name = name_in_force(index_dir)
    now = {source.sha256 for source in held_sources(index_dir, name).values()}
    found: dict[str, list[str]] = {}
    for other in generations(index_dir):
        try:
            gone = [] if other == name else [uri for uri, source in held_sources(index_dir, other).items() if source.sha256 not in now]
        except IndexFolderError:  # its own finding
            continue
        if gone:
            found[other] = gone
    return found


def damaged_but_held(index_dir: Path) -> dict[str, list[str]]:
    """Older generation -> what is wrong with it, so that going back to it would be refused; only where something is."""
    name = name_in_force(index_dir)
    found: dict[str, list[str]] = {}
    for other in generations(index_dir):
        if other == name:
            continue
        try:
            wrong = list(damages(index_dir / other, manifest_of(index_dir, other, READABLE_SOURCES), verify=True))
        except IndexDamaged:
            wrong = [f"{other}/{MANIFEST} cannot be read or has been changed"]
        except IndexFolderError:  # of a format this version does not know: whole, as far as it can tell
            continue
        if wrong and (index_dir / other).is_dir():  # else it was collected while it was looked at
            found[other] = wrong
    return found


def _generation_findings(index_dir: Path, name: str) -> list[str]:
    folder, manifest = index_dir / name, manifest_of(index_dir, name)
    findings = list(damages(folder, manifest, verify=True))
    try:
        strangers = sorted({path.name for path in folder.iterdir()} - {*manifest.files, MANIFEST})
        findings += [f"{name}/{stranger} is no file of this generation" for stranger in strangers]
    except OSError as error:
        findings.append(f"{name} cannot be read ({error.strerror or error})")
    if not findings:
        try:
            findings += _disagreements(index_dir, name)
        except (OSError, ValueError, KeyError, IndexError, IndexDamaged) as error:
            findings.append(f"{name} cannot be read ({error})")
    return [str(damaged(index_dir, finding)) for finding in findings]


def _disagreements(index_dir: Path, name: str) -> Iterator[str]:
    """Vectors or postings of what is not, or no longer, in the generation; passages that have none."""
    folder = index_dir / name
    index = open_index(index_dir, verify=False)
    if index.generation != name:
        return
    if {article.source.id for article in index.articles.values()} != set(index.sources):
        yield f"{name}/articles.jsonl and sources.jsonl do not name the same sources"
    texts = [search_text(chunk) for chunk in index.chunks]
    embedded = [str(record["embedded"]) for record in lines_of(folder, "chunks.jsonl")]
    if embedded != [embedded_digest(text) for text in texts] or len(index.vectors) != len(texts):
        yield f"{name}/vectors.npy does not belong to chunks.jsonl"
    vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
    if len(vectors) and not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        yield f"{name}/vectors.npy holds rows that are no unit vectors"
    rows_of: dict[str, set[int]] = defaultdict(set)
    for row, text in enumerate(texts):
        for term in search_terms(text, index.dictionary):
            rows_of[term].add(row)
    held = index.keywords.postings() if isinstance(index.keywords, Bm25Keywords) else {}  # what `open_index` opens is one
    if held.keys() != rows_of.keys() or any(rows_of[term] != set(rows) for term, rows in held.items()):
        yield f"{name}/keywords.json holds other terms than the passages do"


def _folder_findings(index_dir: Path) -> list[str]:
    """What lies beside the generation in force and should not."""
    try:
        with only_writer(index_dir):
            left = [path.name for path in leftovers(index_dir)]
            kept = sorted(path.name for path in index_dir.glob(f"{EMBEDDED}*"))
    except IndexLocked as error:
        return [str(error)]
    except OSError as error:
        return [f"{index_dir} can be read but not written ({error.strerror or error}): asking works, `wenyuan build` will not"]
    return [
        *(f"{name} in {index_dir} is left from a build that was stopped: `wenyuan build` or `wenyuan gc` removes it" for name in left),
        *(
            f"{name} in {index_dir} holds finished vectors of a build that was stopped: the same `wenyuan build` or `wenyuan add` "
            "takes them up, `wenyuan gc` removes them"
            for name in kept
        ),
    ]
