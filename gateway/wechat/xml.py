"""Reading and writing WeChat's small XML messages.

Read with defusedxml: no document type, no entity, nothing external; UTF-8 without a mark; bounded depth and number of
elements; no field twice. Written with CDATA that nothing inside can end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from gateway.wechat.crypto import Refused

MAX_DEPTH, MAX_ELEMENTS = 6, 120
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


class _Fields:
    """A parser target that keeps the text of the root's children."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Raises Refused for one that no message of the platform has."""
        self._path.append(tag)
        self._count += 1
        strange_root = len(self._path) == 1 and tag != "xml"
        doubled = len(self._path) == 2 and tag in self.fields
        if attributes or strange_root or doubled or len(self._path) > MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise Refused
        if len(self._path) == 2:
            self.fields[tag], self._text = "", []

    def data(self, text: str) -> None:
        """Text inside an element."""
        if len(self._path) == 2:
            self._text.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if len(self._path) == 2:
            self.fields[tag] = "".join(self._text)
        self._path.pop()

    def pi(self, target: str, data: str | None = None) -> None:
        """Processing instructions are no part of a message."""
        raise Refused

    def close(self) -> dict[str, str]:
        """The fields."""
        return self.fields


def fields_of(content: bytes) -> dict[str, str]:
    """The fields of a message. Raises Refused."""
    try:
        text = content.decode("utf-8")
        if text.startswith("\ufeff") or not text.startswith("<"):
            raise Refused
        parser = DefusedXMLParser(target=_Fields(), encoding="utf-8", forbid_dtd=True)
        parser.feed(text)
        fields: dict[str, str] = parser.close()
    except (ValueError, LookupError, ParseError, DefusedXmlException, RecursionError):
        raise Refused from None
    return fields


def field(fields: Mapping[str, str], name: str, pattern: str, default: str | None = None) -> str:
    """A field's text that fits the pattern as a whole. Raises Refused."""
    text = fields.get(name, default)
    if text is None or not re.fullmatch(pattern, text, re.ASCII):
        raise Refused
    return text


def written(**fields: str | int) -> str:
    """A message. Numbers stand bare, texts in CDATA."""
    return (
        "<xml>"
        + "".join(
            f"<{name}>{value if isinstance(value, int) else cdata(value)}</{name}>" for name, value in fields.items()
        )
        + "</xml>"
    )


def cdata(text: str) -> str:
    """A text as CDATA: what XML cannot hold is left out, an end inside is split."""
    clean = NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "<![CDATA[" + clean.replace("]]>", "]]]]><![CDATA[>") + "]]>"
