"""The served page under malformed requests: it answers each, tells no secret, and is still there at the end.

    python eval/fuzz/http_api.py [--requests 5000] [--seed 1] [--out FILE.json]

The real command serves a tiny index on a free port of this machine; requests go to the functions for machines, to the upload, to the files
and to whatever address comes out. What must hold: every request is answered, no answer holds a traceback, a path of this machine
or a file of it, all carry the security headers, no article's text comes back as markup, and the server's log holds no traceback of ours.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

from mutate import inputs

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ("ask", "search", "source", "why")
_TRAVERSALS = (
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file=../../../../etc/passwd",
    "/gradio_api/file=%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/gradio_api/file=file:///etc/passwd",
    "/gradio_api/file=" + str(ROOT / "pyproject.toml"),
    "/static/../../../../etc/passwd",
    "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd",
    "/gradio_api/proxy=http://127.0.0.1:22/",
    "/gradio_api/stream/../../etc/passwd",
    "//etc/passwd",
    "/etc/passwd",
)
_SECRETS = (b"root:x:0:0", b"Traceback (most recent", b"[build-system]\nrequires", b"site-packages/")


def body(random: Random, data: bytes) -> bytes:
    """What is posted: nearly what the function takes, with ``data`` in it."""
    text = data.decode("utf-8", "surrogateescape")
    value = random.choice(
        [text, text, text, [text], {"a": text}, None, 3, True, 1e308, -1, [[text]], "", {"path": "/etc/passwd", "meta": {}}]
    )
    way = random.randrange(6)
    if way == 0:
        return data
    if way == 1:
        return json.dumps({"data": value}).encode()
    if way == 2:
        return json.dumps({"data": [value] * random.randint(0, 5), "session_hash": text, "fn_index": random.randint(-1, 99)}).encode()
    if way == 3:
        return json.dumps({"data": [text[:80], random.choice([value, 5, "7", None]), value]}).encode()
    return json.dumps({"data": [text[:200]]}).encode()


def wrong_with(path: str, status: int, headers: list[tuple[str, str]], answer: bytes, folder: Path) -> str:
    """What must not be in an answer; "" when all is well."""
    for secret in (*_SECRETS, str(folder).encode(), str(ROOT).encode()):
        if secret in answer and secret.decode() not in path:  # what was asked for may be said back
            return f"{status}: tells {secret!r}: {answer[:300]!r}"
    names = {name.lower() for name, _ in headers}
    if status < 500 and not {"content-security-policy", "x-content-type-options"} <= names:
        return f"{status}: lacks security headers: {sorted(names)}"
    return ""


def send(port: int, method: str, path: str, data: bytes, kind: str) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and at most 200,000 bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, re.sub("[^!-~]", "%20", path), skip_accept_encoding=True)
        connection.putheader("Content-Type", kind)
        connection.putheader("Content-Length", str(len(data)))
        connection.endheaders(data)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read(200_000)
    finally:
        connection.close()


def fuzz(port: int, folder: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How often each status came back, and what was wrong."""
    random, statuses, wrong = Random(seed), Counter[str](), []
    for number, data in enumerate(islice(inputs("text", seed), count)):
        way = random.randrange(10)
        try:
            if way == 0:
                path = random.choice(_TRAVERSALS)
                answer = send(port, "GET", path, b"", "text/plain")
                if answer[0] == 200 and b"<html" not in answer[2][:500].lower():
                    wrong.append(f"{path} gave {answer[2][:100]!r}")
            elif way == 1:
                path = "/" + data.decode("latin-1")[:100]
                answer = send(port, random.choice(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]), path, data, "text/plain")
            elif way == 2:
                name = data[:60].replace(b"\r", b"").replace(b"\n", b"").replace(b'"', b"")
                upload = b'--x\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\n' + data + b"\r\n--x--\r\n"
                path = "/gradio_api/upload"
                answer = send(port, "POST", path, upload, "multipart/form-data; boundary=x")
            else:
                path = f"/gradio_api/call/{random.choice(FUNCTIONS)}"
                answer = send(port, "POST", path, body(random, data), "application/json")
                if answer[0] == 200 and b"event_id" in answer[2]:
                    answer = send(port, "GET", f"{path}/{json.loads(answer[2])['event_id']}", b"", "application/json")
                    statuses["answered events"] += 1
        except OSError as error:
            wrong.append(f"input {number}: no answer ({type(error).__name__}: {error})")
            if len(wrong) > 20:
                break
            continue
        except http.client.HTTPException as error:
            wrong.append(f"input {number}: {type(error).__name__}: {error}")
            continue
        statuses[str(answer[0])] += 1
        # An upload answers with where it was put: that is how Gradio names it to its own page afterwards.
        if path != "/gradio_api/upload" and (found := wrong_with(path, *answer, folder)):
            wrong.append(f"{path}: {found}")
    return statuses, wrong


def raised_by_us(traceback: str) -> str:
    """The last frame in our code and the error, when it is none that we raise on purpose; "" for any other traceback.

    All that Gradio raises passes through our middleware, which is not what raised it.
    """
    frames = re.findall(r'File "[^"]*/(wenyuan/[^"]+)", line (\d+)', traceback)
    frames = [frame for frame in frames if "chat/guard.py" not in frame[0]]
    errors = re.findall(r"(?m)^([\w.]+(?:Error|Exception|Missing|Damaged)[^\n]*)", traceback)
    last = errors[-1] if errors else traceback[-200:]
    return f"{frames[-1]}: {last}" if frames and not last.startswith(("wenyuan.errors.", "gradio.exceptions.Error")) else ""


def main() -> int:
    """Prints the counts; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="http ") as name:
        folder = Path(name)
        (folder / "a.txt").write_text(
            "北湖记事\n\n北湖新建了三座桥，都在去年通车。<script>alert(1)</script>两岸居民往来方便多了。\n", encoding="utf-8"
        )
        subprocess.run([sys.executable, "-m", "wenyuan.cli", "build", "a.txt"], cwd=folder, check=True, capture_output=True)
        port = arguments.port
        if not port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        with (folder / "log").open("wb") as log:
            environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "uploads")}
            command = [sys.executable, "-m", "wenyuan.cli", "chat", "--port", str(port)]
            server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=log, env=environment)
            try:
                assert server.stdout is not None
                server.stdout.readline()
                began = time.monotonic()
                statuses, wrong = fuzz(port, folder, arguments.requests, arguments.seed)
                if server.poll() is not None:
                    wrong.append(f"the server ended with {server.returncode}")
            finally:
                server.terminate()
                server.wait(timeout=30)
        said = (folder / "log").read_text(encoding="utf-8", errors="replace")
        ours = [told for part in said.split("Traceback")[1:] if (told := raised_by_us(part))]
        if ours:
            wrong.append(f"{len(ours)} tracebacks of ours in the log, such as {sorted(set(ours))[:8]}")
        outside = [
            path
            for path in folder.rglob("*")
            if path.is_file() and path.parts[len(folder.parts)] not in ("uploads", "index", "a.txt", "log")
        ]
        if outside:
            wrong.append(f"files outside the uploads: {outside[:5]}")
    found = {
        "requests": sum(count for status, count in statuses.items() if status.isdigit()),
        "statuses": dict(sorted(statuses.items())),
        "tracebacks of others in the log": said.count("Traceback") - len(ours),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "wrong": wrong[:20],
    }
    print(json.dumps(found, ensure_ascii=False, indent=1))
    if arguments.out is not None:
        arguments.out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
