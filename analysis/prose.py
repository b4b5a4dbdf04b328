"""The few Markdown marks that a model description uses, as HTML.

Headings (#), paragraphs, lists (-, *, 1.), tables (|), fenced code, **bold**, *emphasis*, `code`.
Addresses stay text: the report makes no request. All else is escaped, never interpreted.
"""

import html
import re

FENCE = "```"
LIST_ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
COLUMN_BAR = re.compile(r"(?<!\\)\|")
TABLE_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")
INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])"), r"<em>\1</em>"),
)


def to_html(markdown: str, top_level: int = 3) -> str:
    """Markdown as HTML, its first heading at level `top_level`."""
    blocks, lines = [], markdown.splitlines()
    while lines:
        if not lines[0].strip():
            lines.pop(0)
        elif lines[0].startswith(FENCE):
            blocks.append(_code(lines))
        elif heading := HEADING.match(lines[0]):
            level = min(len(heading[1]) + top_level - 1, 6)
            blocks.append(f"<h{level}>{inline(heading[2])}</h{level}>")
            lines.pop(0)
        elif lines[0].lstrip().startswith("|"):
            blocks.append(_table(lines))
        elif LIST_ITEM.match(lines[0]):
            blocks.append(_list(lines))
        else:
            blocks.append(_paragraph(lines))
    return "\n".join(blocks)


def inline(text: str) -> str:
    """One line's marks as HTML, everything else escaped."""
    escaped = html.escape(text, quote=False)
    for pattern, replacement in INLINE:
        escaped = pattern.sub(replacement, escaped)
    return escaped


def _code(lines: list[str]) -> str:
    lines.pop(0)
    taken = []
    while lines and not lines[0].startswith(FENCE):
        taken.append(lines.pop(0))
    if lines:
        lines.pop(0)
    return f"<pre>{html.escape(chr(10).join(taken), quote=False)}</pre>"


def _table(lines: list[str]) -> str:
    rows = []
    while lines and lines[0].lstrip().startswith("|"):
        line = lines.pop(0)
        if not TABLE_RULE.match(line):
            cells = [cell.replace("\\|", "|").strip() for cell in COLUMN_BAR.split(line.strip())]
            inner = cells[1 : -1 if not cells[-1] else None]
            rows.append("".join(f"<td>{inline(cell)}</td>" for cell in inner))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="wide"><table>{body}</table></div>'


def _list(lines: list[str]) -> str:
    tag = "ol" if lines[0].lstrip()[0].isdigit() else "ul"
    items: list[str] = []
    while lines and lines[0].strip() and not HEADING.match(lines[0]):
        line = lines.pop(0)
        if LIST_ITEM.match(line):
            items.append(LIST_ITEM.sub("", line))
        else:
            items[-1] += " " + line.strip()
    return f"<{tag}>{''.join(f'<li>{inline(item)}</li>' for item in items)}</{tag}>"


def _paragraph(lines: list[str]) -> str:
    taken = [lines.pop(0)]
    while lines and lines[0].strip() and not _opens_block(lines[0]):
        taken.append(lines.pop(0))
    return f"<p>{inline(' '.join(line.strip() for line in taken))}</p>"


def _opens_block(line: str) -> bool:
    return bool(
        line.startswith(FENCE)
        or HEADING.match(line)
        or LIST_ITEM.match(line)
        or line.lstrip().startswith("|")
    )
