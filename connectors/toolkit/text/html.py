"""The words of an HTML mail that its reader sees, and the tricks that hide or add words (E6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from typing import Final

LONGEST: Final = 512 * 1024
DEEPEST: Final = 400
_LONGEST_TAG: Final = 8192

_BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt",
        "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
        "html", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot",
        "thead", "tr", "ul",
    }
)  # fmt: skip
_VOID: Final = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr",
    }
)  # fmt: skip
_UNSEEN: Final = frozenset(
    {
        "head", "script", "style", "title", "template", "noscript", "object", "iframe", "svg",
    }
)  # fmt: skip
_STRUCK: Final = frozenset({"del", "s", "strike"})
_ODD: Final = frozenset(
    {
        "bdo", "marquee", "details", "dialog", "input", "textarea", "select", "button", "plaintext",
        "xmp", "listing", "noembed", "noframes", "math", "ruby", "canvas", "audio", "video",
    }
)  # fmt: skip

_HIDING: Final = re.compile(
    r"""display\s*:\s*none | visibility\s*:\s*(?:hidden|collapse) | mso-hide\s*:\s*all
      | opacity\s*:\s*(?:0|0?\.[0-4]\d*)\s*(?:;|!|\Z|\})
      | font-size\s*:\s*0(?:px|pt|%|r?em)?\s*(?:;|!|\Z|\})
      | font-size\s*:\s*(?:[0-4](?:\.\d+)?(?:px|pt)|0?\.[0-4]\d*r?em)
      | font\s*:\s*[^;]{0,60}\b0(?:px|pt)? | line-height\s*:\s*0(?:px|pt|%)?\s*(?:;|!|\Z|\})
      | (?:max-)?(?:height|width)\s*:\s*0(?:px|pt|%)?\s*(?:;|!|\Z|\})
      | text-indent\s*:\s*- | (?:left|top|right|margin-left|margin-top)\s*:\s*-\d{3}
      | position\s*:\s*(?:absolute|fixed) | clip(?:-path)?\s*: | transform\s*:
      | (?<![-\w])color\s*:\s*(?:transparent|white|\#fff\b|\#ffffff|\#fefefe)
      | (?<![-\w])color\s*:\s*rgba?\(\s*255\s*,\s*255\s*,\s*255
      | direction\s*:\s*rtl | unicode-bidi\s*: | text-decoration[^;]{0,40}line-through
      | content\s*:\s*(?!normal|none)\S""",
    re.IGNORECASE | re.VERBOSE,
)
_GENERATED: Final = re.compile(r":{1,2}(?:before|after)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visible:
    """What a reader sees as plain text, quotes marked with `>`; `doubts` says in English what may
    show other words than these."""

    text: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quotes:
    """What counts as a quote besides `blockquote`: tags, and elements whose class matches."""

    tags: frozenset[str] = frozenset()
    classes: re.Pattern[str] | None = None


_BLOCKQUOTES: Final = Quotes()


def visible_text(html: str, quotes: Quotes = _BLOCKQUOTES) -> Visible:
    """The visible words of an HTML text; at most its first 512 kB are read."""
    if not html:
        return Visible("")
    reader = _Reader(quotes)
    if len(html) > LONGEST:
        reader.doubts["its HTML is overlong"] = None
    defused, broken = _defused(html[:LONGEST])
    if broken:
        reader.doubts["its HTML is broken, so programs show it differently"] = None
    reader.feed(defused)
    reader.close()
    return Visible(reader.text(), tuple(reader.doubts))


@lru_cache(maxsize=256)  # one mail repeats its few styles on every line
def _hiding(style: str) -> bool:
    return _HIDING.search(style) is not None


def _defused(html: str) -> tuple[str, bool]:
    """The same HTML without comments, declarations and tags that never end, and whether there was
    anything that mail programs read differently. The parser takes a time that grows with the
    square of a text full of them (H8)."""
    pieces: list[str] = []
    broken = False
    place = 0
    while (start := html.find("<", place)) >= 0:
        pieces.append(html[place:start])
        following = html[start + 1 : start + 2]
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            if end < 0 or html.startswith(("<!-->", "<!--->"), start):
                broken = True
            comment = html[start + 4 : end] if end >= 0 else html[start + 4 :]
            broken = broken or "--!>" in comment
            place = end + 3 if end >= 0 else len(html)
            continue
        end = html.find(">", start, start + _LONGEST_TAG)
        if end < 0 or not ((following.isascii() and following.isalpha()) or following in "/!?"):
            broken = broken or following.isalpha()
            pieces.append("&lt;")
            place = start + 1
        elif following in "!?":
            place = end + 1
        else:
            pieces.append(html[start : end + 1])
            place = end + 1
    pieces.append(html[place:])
    return "".join(pieces), broken


class _Reader(HTMLParser):
    def __init__(self, quotes: Quotes) -> None:
        super().__init__(convert_charrefs=True)
        self._as_quotes = quotes
        self.doubts: dict[str, None] = {}
        self._open: list[tuple[str, bool, bool]] = []
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._quotes = 0
        self._unseen = 0

    def text(self) -> str:
        """The lines read so far."""
        shown = []
        for depth, pieces in self._lines:
            line = re.sub(r"[ \t\n\r\f]+", " ", "".join(pieces)).strip()
            shown.append("> " * depth + line if line or not depth else ">" * depth)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(shown)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS or tag == "br":
            self._break(tag == "p")
        if tag in ("td", "th"):
            self._say(" ")
        if tag in _VOID:
            if tag in _ODD:
                self._odd(tag)
            return
        hidden = tag in _UNSEEN or self._hides(tag, given)
        quote = tag == "blockquote" or self._is_quote(tag, given)
        if len(self._open) >= DEEPEST:
            self.doubts["its HTML is nested too deep"] = None
            return
        self._open.append((tag, hidden, quote))
        self._unseen += hidden
        if quote:
            self._quotes += 1
            self._break(False)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or not any(name == tag for name, _, _ in self._open):
            return
        while self._open:
            name, hidden, quote = self._open.pop()
            self._unseen -= hidden
            if quote:
                self._quotes -= 1
            if name in _BLOCKS:
                self._break(name == "p")
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] == "style":
            if _HIDING.search(data) or _GENERATED.search(data):
                self.doubts["a style sheet in it may hide or add words"] = None
            return
        if not self._unseen:
            self._say(data)

    def _hides(self, tag: str, given: dict[str, str]) -> bool:
        if tag in _STRUCK:
            self.doubts["words in it are struck out"] = None
            return True
        if tag in _ODD or given.get("dir", "").lower() == "rtl":
            self._odd(tag)
        if "hidden" in given or _hiding(given.get("style", "")[:4096]):
            self.doubts["its HTML hides words or changes how they look"] = None
            return True
        if tag == "font" and given.get("color", "").lower() in ("white", "#fff", "#ffffff"):
            self.doubts["its HTML hides words or changes how they look"] = None
            return True
        return False

    def _is_quote(self, tag: str, given: dict[str, str]) -> bool:
        classes = self._as_quotes.classes
        return tag in self._as_quotes.tags or (
            classes is not None and classes.search(given.get("class", "")[:4096]) is not None
        )

    def _odd(self, tag: str) -> None:
        self.doubts[f"its HTML uses <{tag}> in a way that may show other words"] = None

    def _say(self, data: str) -> None:
        self._lines[-1][1].append(data)

    def _break(self, paragraph: bool) -> None:
        if any(piece.strip() for piece in self._lines[-1][1]):
            if paragraph:
                self._lines.append((self._quotes, []))
            self._lines.append((self._quotes, []))
        else:
            self._lines[-1] = (self._quotes, [])
