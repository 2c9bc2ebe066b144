"""Who may use the page: a file of names and hashed passwords. It knows nothing of pages and sockets.

One line a person: ``name:scrypt:n:r:p:salt:hash``, salt and hash in base64; lines that begin with # are comments. Passwords are
hashed with scrypt (RFC 7914), as OWASP's password storage sheet advises where Argon2 is not at hand: 16 MB and some 50 ms a try.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wenyuan.errors import SettingsError

_N, _R, _P = 2**14, 8, 5  # cost, block size, parallelism
_SALT_BYTES = 16
_MEMORY_BYTES = 64 * 1024 * 1024
_NAME = re.compile(r"[^\s:#][^\s:]{0,63}")
PASSWORD_MIN_CHARS = 8


@dataclass(frozen=True, slots=True)
class Hashed:
    """A password as it is kept."""

    n: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, password: str) -> Hashed:
        """A new hash of ``password``, with a salt of its own."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(_N, _R, _P, salt, _scrypt(password, salt, _N, _R, _P))

    @classmethod
    def parse(cls, text: str) -> Hashed:
        """The hash that ``text`` writes; raises ValueError."""
        scheme, n, r, p, salt, hashed = text.split(":")
        if scheme != "scrypt":
            raise ValueError("not scrypt")
        found = cls(int(n), int(r), int(p), base64.b64decode(salt, validate=True), base64.b64decode(hashed, validate=True))
        if not (found.n >= 2**14 and found.r >= 8 and found.p >= 1 and 128 * found.n * found.r < _MEMORY_BYTES and len(found.hash) >= 16):
            raise ValueError("too weak, or too dear")
        return found

    def __str__(self) -> str:
        salt, hashed = (base64.b64encode(part).decode("ascii") for part in (self.salt, self.hash))
        return f"scrypt:{self.n}:{self.r}:{self.p}:{salt}:{hashed}"

    def fits(self, password: str) -> bool:
        """Whether ``password`` is the one; takes the same time whatever is wrong with it."""
        return hmac.compare_digest(_scrypt(password, self.salt, self.n, self.r, self.p), self.hash)


class Users:
    """The people of one file, as they were when it was read."""

    def __init__(self, people: Mapping[str, Hashed]) -> None:
        """``people``: name -> hashed password."""
        self._people = dict(people)
        self._nobody = Hashed.of(secrets.token_hex(16))  # so that an unknown name takes as long as a wrong password
        self._one_at_a_time = threading.Lock()  # guesses cannot take all the memory

    def __len__(self) -> int:
        return len(self._people)

    def admits(self, name: str, password: str) -> bool:
        """Whether this is one of them."""
        known = self._people.get(name)
        with self._one_at_a_time:
            fits = (known or self._nobody).fits(password)
        return fits and known is not None


def read_users(path: Path) -> Users:
    """The people in ``path``; raises SettingsError, naming the line, when it cannot be used."""
    try:
        lines = path.read_bytes().decode("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(
            f"--auth-file {path}: cannot be read ({reason}); make one with wenyuan chat --auth-file {path} --add-user NAME"
        ) from error
    people = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, rest = line.strip().partition(":")
        try:
            people[name] = Hashed.parse(rest)
        except (ValueError, binascii.Error) as error:
            raise SettingsError(f"--auth-file {path}, line {number}: not name:scrypt:…; write it with --add-user NAME") from error
    if not people:
        raise SettingsError(f"--auth-file {path} names nobody; add somebody with --add-user NAME")
    return Users(people)


def add_user(path: Path, name: str, password: str) -> None:
    """Writes ``name`` with a new password into ``path``, in place of the old one, for its owner only to read; raises SettingsError."""
    if not _NAME.fullmatch(name):
        raise SettingsError(f"--add-user {name!r}: a name has 1 to 64 characters, no white space and no colon")
    if len(password) < PASSWORD_MIN_CHARS:
        raise SettingsError(f"the password is too short: give at least {PASSWORD_MIN_CHARS} characters")
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if line.partition(":")[0] != name]
        beside = path.with_name(f"{path.name}.tmp")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join([*kept, f"{name}:{Hashed.of(password)}"]) + "\n")
        beside.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--auth-file {path}: cannot be written ({error}); give another file") from error


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY_BYTES, dklen=32)
