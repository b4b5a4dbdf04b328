"""The page needs nothing from elsewhere and holds what it promises."""

import html.parser
import re
from pathlib import Path

import pytest

from analysis import prose, style
from analysis.figures import FIGURES
from analysis.load import Results
from analysis.report import Drawn, flattened, number, report


@pytest.fixture(scope="module")
def page(results: Results, tmp_path_factory: pytest.TempPathFactory) -> str:
    spec = FIGURES[1]
    files = style.save(spec.draw(results), tmp_path_factory.mktemp("figures") / spec.name)
    return report(results, [Drawn(spec, files[-1])], ["There is no figure of the moon."])


class Collector(html.parser.HTMLParser):
    """Every address, every open tag, every anchor."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.anchors: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [str(named[key]) for key in ("src", "href") if key in named]
        self.anchors |= {str(named["id"])} if "id" in named else set()
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_requests_nothing(page: str) -> None:
    collector = Collector()
    collector.feed(page)
    assert not collector.open
    assert collector.addresses
    for address in collector.addresses:
        assert address.startswith(("data:image/png;base64,", "#"))
    assert "url(" not in page
    assert "@import" not in page
    assert "<script" not in page
    assert "<link" not in page


def test_links_lead_somewhere(page: str) -> None:
    collector = Collector()
    collector.feed(page)
    inner = {address[1:] for address in collector.addresses if address.startswith("#")}
    assert inner == collector.anchors
    assert "model" in inner


def test_the_page_holds_what_a_reader_must_know(page: str, results: Results) -> None:
    text = re.sub(r"base64,[^\"]+", "", page)
    assert "1 of 96 runs ended in an error" in text
    assert "ValueError: too deep" in text
    assert "There is no figure of the moon." in text
    assert FIGURES[1].caption.split(":")[0] in text
    assert results.study.hash in text
    assert 'name="viewport"' in text
    assert "@media print" in text
    for name in results.dictionary["name"]:
        assert name in text


def test_the_page_is_the_same_twice(results: Results) -> None:
    assert report(results, [], []) == report(results, [], [])


def test_numbers_in_tables() -> None:
    values = [float("nan"), 3e-16, 0.123456, -12345.6, 99_960.0]
    assert [number(value) for value in values] == ["–", "0", "0.123", "\u221212.3k", "100k"]


def test_provenance_is_flattened_without_loss() -> None:
    nested = {"a": {"b": [1, 2], "c": None}, "d": [{"e": True}], "f": "text"}
    assert flattened(nested) == [
        ("a.b", "1, 2"),
        ("a.c", ""),
        ("d.0.e", "True"),
        ("f", "text"),
    ]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# Title", "<h3>Title</h3>"),
        ("one\ntwo", "<p>one two</p>"),
        ("a <b> & `c<d`", "<p>a &lt;b&gt; &amp; <code>c&lt;d</code></p>"),
        ("**bold** and *slanted*, 2 * 3 * 4", "<strong>bold</strong> and <em>slanted</em>, 2 * 3"),
        ("- one\n  more\n- two", "<ul><li>one more</li><li>two</li></ul>"),
        ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
        ("```\nx < y\n```", "<pre>x &lt; y</pre>"),
        ("| a | b |\n|---|---|\n| `1\\|2` | |", "<td><code>1|2</code></td><td></td>"),
        ("see https://example.org", "<p>see https://example.org</p>"),
    ],
)
def test_prose(markdown: str, expected: str) -> None:
    assert expected in prose.to_html(markdown)


def test_prose_ends_on_an_unclosed_fence() -> None:
    assert prose.to_html("```\nx") == "<pre>x</pre>"


def test_png_is_embedded_whole(page: str, tmp_path: Path) -> None:
    import base64

    data = re.search(r"base64,([^\"]+)", page)
    assert data is not None
    assert base64.b64decode(data[1]).startswith(b"\x89PNG")
