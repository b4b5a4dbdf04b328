"""The pieces of a self-contained HTML page: style sheet, tables, embedded images.

No script, no font, no address: a page opens the same from a mail attachment in ten years. Wide
things scroll sideways inside their own box, so that the page itself fits a phone; in print they
break between rows, never inside a figure.
"""

import base64
import html
from collections.abc import Iterable, Sequence
from pathlib import Path

STYLE = """
:root { --ink: #1d1d1f; --quiet: #66666a; --line: #dcdcdf; --shade: #f6f6f7; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 60rem; color: var(--ink);
  background: #fff; font: 1rem/1.55 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .5rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.8rem 0 .4rem; }
h4, h5, h6 { font-size: 1rem; margin: 1.2rem 0 .3rem; }
p { margin: .5rem 0; max-width: 44rem; }
a { color: var(--accent); }
.quiet, figcaption, .interval { color: var(--quiet); }
.warning { border-left: 4px solid #d55e00; background: #fdf3ec; padding: .6rem .9rem; }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1rem; margin: 1rem 0; font-size: .95rem; }
figure { margin: 1rem 0 2rem; }
figcaption { font-size: .95rem; max-width: 44rem; }
.wide { overflow-x: auto; -webkit-overflow-scrolling: touch; }
.wide img { display: block; width: 100%; min-width: 38rem; height: auto; }
table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .35rem .7rem .35rem 0;
  border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; font-weight: 600; }
td.number { white-space: nowrap; }
td.number, th.number { text-align: right; }
th.number { min-width: 5.5rem; }
tbody th { font-weight: 600; }
.pinned tbody th { min-width: 7rem; }
.pinned th:first-child { position: sticky; left: 0; background: #fff; z-index: 1; }
.interval { display: block; font-size: .78rem; }
code, pre { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: .86em; }
td code { overflow-wrap: anywhere; }
pre { background: var(--shade); padding: .7rem; overflow-x: auto; }
@media print {
  @page { margin: 16mm 14mm; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  nav { display: none; }
  h2, h3 { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .wide { overflow: visible; }
  .wide img { min-width: 0; }
  table { font-size: 7pt; width: 100%; }
  th, td { padding-right: .35rem; }
  .interval { font-size: 6pt; }
  .pinned th:first-child { position: static; }
  .pinned tbody th, th.number { min-width: 0; }
}
"""


def document(title: str, body: str) -> str:
    """A whole page."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def escape(text: object) -> str:
    """Text as it may stand in HTML."""
    return html.escape(str(text))


def section(anchor: str, title: str, body: str) -> str:
    """A section that can be linked to."""
    return f'<section id="{escape(anchor)}">\n<h2>{escape(title)}</h2>\n{body}\n</section>'


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text, of a kind such as "quiet" or "warning"."""
    named = f' class="{kind}"' if kind else ""
    return f"<p{named}>{escape(text)}</p>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = False) -> str:
    """A table that scrolls in its own box; cells are HTML already, first cells are row headings.

    Args:
        header: plain texts.
        rows: cells as HTML.
        numbers: whether all columns but the first are numbers, set flush right.
    """
    kind = ' class="number"' if numbers else ""
    head = "".join(f"<th{kind if i else ''}>{escape(cell)}</th>" for i, cell in enumerate(header))
    body = []
    for first, *others in rows:
        cells = "".join(f"<td{kind}>{cell}</td>" for cell in others)
        body.append(f"<tr><th>{first}</th>{cells}</tr>")
    pinned = "wide pinned" if numbers else "wide"
    return (
        f'<div class="{pinned}"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{chr(10).join(body)}</tbody></table></div>"
    )


def image(png: Path, alternative: str, caption: str) -> str:
    """A PNG inside the page, with what it shows in words and how to read it."""
    data = base64.b64encode(png.read_bytes()).decode("ascii")
    return (
        f'<figure>\n<div class="wide"><img alt="{escape(alternative)}" '
        f'src="data:image/png;base64,{data}"></div>\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
    )
