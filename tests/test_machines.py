"""What other programs call on a served page: HTTP endpoints and MCP tools, answered with the contract's records."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.request import Request, urlopen

import pytest

from conftest import EXAMPLE, SEEDS
from page_driver import Served

pytestmark = pytest.mark.page


def over_http(at: Served, name: str, *arguments: Any) -> Any:
    """What an endpoint hands back; Gradio first gives an id, then streams events."""
    body = json.dumps({"data": arguments}).encode("utf-8")
    with urlopen(Request(f"{at.url}gradio_api/call/{name}", body, {"content-type": "application/json"}), timeout=60) as first:
        event = json.load(first)["event_id"]
    with urlopen(f"{at.url}gradio_api/call/{name}/{event}", timeout=60) as stream:
        said = stream.read().decode("utf-8")
    found = re.search(r"event: (complete|error)\ndata: (.*)", said)
    assert found is not None, said
    data = json.loads(found[2])
    return data[0] if found[1] == "complete" else {"error": data}


def over_mcp(at: Served, method: str, **params: Any) -> Any:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode("utf-8")
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    with urlopen(Request(f"{at.url}gradio_api/mcp/", body, headers), timeout=60) as answer:
        said = answer.read().decode("utf-8")
    return json.loads(said.partition("data: ")[2])["result"]


def texts() -> dict[str, str]:
    return {path.name: path.read_bytes().decode("utf-8") for path in SEEDS.glob("*.txt")}


def check_answer(record: dict[str, Any]) -> None:
    """A record of the contract, its quotes equal to what stands under their spans."""
    assert set(record) >= {
        *("id", "question", "standalone", "answer", "sentence", "abstained", "reason", "confidence", "citations", "timings_ms")
    }
    assert record["citations"]
    for citation in record["citations"]:
        text = texts()[citation["uri"]]
        assert "".join(text[start:end] for start, end in citation["spans"]) == citation["quote"]


def test_http_endpoints_give_the_records_of_the_contract(seeds_page: Served) -> None:
    answer = over_http(seeds_page, "ask", EXAMPLE, None)
    check_answer(answer)
    assert (answer["answer"], answer["reason"], answer["abstained"]) == ("22所", "FOUND", False)
    follow = over_http(seeds_page, "ask", "卫生院呢", [EXAMPLE])
    check_answer(follow)
    assert "天津" in follow["standalone"]
    found = over_http(seeds_page, "search", EXAMPLE, 3)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    for hit in found["hits"]:
        assert "".join(texts()[hit["uri"]][start:end] for start, end in hit["spans"]) == hit["text"]
    uri = answer["citations"][0]["uri"]
    part = over_http(seeds_page, "source", uri, 10, 20)
    assert (part["text"], part["length"]) == (texts()[uri][10:20], len(texts()[uri]))
    why = over_http(seeds_page, "why", EXAMPLE, "", None)
    assert why["passages"][0]["fell"] == "cited"
    assert {"dense", "keyword", "fused"} <= set(why["passages"][0]["ranks"])


@pytest.mark.parametrize(("name", "arguments"), [("ask", ("", None)), ("ask", ("长" * 2001, None)), ("source", ("../users", 0, 10))])
def test_what_cannot_be_asked_is_an_error_and_says_no_more(seeds_page: Served, name: str, arguments: tuple[Any, ...]) -> None:
    answer = over_http(seeds_page, name, *arguments)
    assert set(answer) == {"error"}
    assert "Traceback" not in json.dumps(answer)


def test_mcp_tools_give_the_same_records_as_json(seeds_page: Served) -> None:
    tools = {tool["name"]: tool for tool in over_mcp(seeds_page, "tools/list")["tools"]}
    assert set(tools) == {"ask", "search", "source", "why", "verify"}
    assert tools["ask"]["inputSchema"]["required"] == ["question"]
    assert all(len(tool["description"]) > 40 for tool in tools.values())
    result = over_mcp(seeds_page, "tools/call", name="ask", arguments={"question": EXAMPLE})
    answer = json.loads(result["content"][0]["text"])
    check_answer(answer)
    assert answer["answer"] == "22所"
    refused = over_mcp(seeds_page, "tools/call", name="ask", arguments={"question": ""})
    assert refused["isError"] is True
