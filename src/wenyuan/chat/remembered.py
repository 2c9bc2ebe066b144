"""Answers given before, handed out again while the index is the same; what several people ask at once is worked out once.

An index that does not change answers a question always alike, so nothing is lost by it. It knows nothing of pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from wenyuan.contracts import Answer

if TYPE_CHECKING:
    from wenyuan.answer import Assistant

ANSWERS_MAX = 1000
_GATES = 64  # two questions rarely share one; where they do, the second waits for the first

Key = tuple[str, str, tuple[str, ...]]  # generation, question, earlier questions


class Remembered:
    """The newest answers, by generation, question and earlier questions."""

    def __init__(self, working: threading.Semaphore, most: int = ANSWERS_MAX) -> None:
        """At most ``most`` answers are kept; ``working`` is held while one is worked out, and not while one is looked up."""
        self._working = working
        self._most = most
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._lock = threading.Lock()
        self._gates = [threading.Lock() for _ in range(_GATES)]

    def ask(self, assistant: Assistant, question: str, context: tuple[str, ...], on_stage: Callable[[str], None]) -> Answer:
        """What ``assistant`` answers, or answered before; errors, and what ``on_stage`` raises, are not remembered."""
        key = (assistant.index.generation, question, context)
        known = self._get(key)
        if known is not None:
            return known
        with self._gates[hash(key) % _GATES]:
            known = self._get(key)
            if known is not None:
                return known
            with self._working:
                answer = assistant.ask(question, context, on_stage)
            with self._lock:
                self._answers[key] = answer
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            return answer

    def _get(self, key: Key) -> Answer | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer
