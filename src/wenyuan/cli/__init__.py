"""The terminal door: `main`, which turns what went wrong into one line and an exit code.

Exit codes: 0 done (an abstention too), 1 partly (some files unreadable, all named), 2 misuse or error, 3 regression.
stdout carries the result alone; progress, warnings and errors go to stderr.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from wenyuan.cite import one_line
from wenyuan.cli.parser import parser
from wenyuan.errors import SpanError, WenyuanError

DONE, PARTLY, ERROR, REGRESSION = 0, 1, 2, 3


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code of one command; its result is on stdout, everything else on stderr."""
    _print_anything()
    debug = False
    try:
        arguments = parser().parse_args(argv)
        debug = arguments.debug
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except SystemExit as stop:  # argparse: --help, --version and misuse
        return stop.code if isinstance(stop.code, int) else ERROR
    except BrokenPipeError:  # the reader of a pipe has seen enough, as `head` does
        _forget_stdout()
        return DONE
    except KeyboardInterrupt:
        return _fail("stopped by the keyboard")
    except Exception as error:
        if debug:
            raise
        return _fail(_sentence(error))
    return code


def _sentence(error: Exception) -> str:
    """One line that says what happened and what to do."""
    if isinstance(error, WenyuanError) and not isinstance(error, SpanError):
        return str(error)
    if isinstance(error, OSError):
        names = [str(name) for name in (error.filename, error.filename2) if name]
        return f"{' -> '.join([*names, error.strerror or str(error)])}; check that the path exists, and its rights and free space"
    if isinstance(error, MemoryError):
        return "not enough memory; build fewer articles at a time or close other programs"
    return f"a bug in wenyuan, {type(error).__name__}: {error}; run again as `wenyuan --debug …` and report what it prints"


def _fail(message: str) -> int:
    print(f"wenyuan: {one_line(message)}", file=sys.stderr)
    return ERROR


def _print_anything() -> None:
    """Lets terminals that cannot show a character get its escape rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_stdout() -> None:
    """Points stdout nowhere, so that the interpreter's last flush does not complain about the closed pipe."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
