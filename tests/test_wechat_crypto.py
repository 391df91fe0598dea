"""Encryption and XML of the WeChat callback, apart from HTTP (hostile list 3, 5, 6)."""

from __future__ import annotations

import base64
import struct
import time

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.wechat.crypto import Crypto, Refused, signature
from gateway.wechat.xml import cdata, fields_of, written
from tests.wechat_platform import AES_KEY, APPID, TOKEN

CRYPTO = Crypto(TOKEN, AES_KEY, APPID)
KEY = base64.b64decode(AES_KEY + "=")


def encrypted(plain: bytes) -> str:
    """AES-CBC of bytes as they are, for messages that no platform would make."""
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(KEY[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def padded(plain: bytes) -> bytes:
    fill = 32 - len(plain) % 32
    return plain + bytes([fill]) * fill


def framed(content: bytes, receiver: bytes = APPID.encode(), length: int | None = None) -> bytes:
    return b"r" * 16 + struct.pack(">I", len(content) if length is None else length) + content + receiver


def test_the_platforms_own_example_opens() -> None:
    """The sample of the official documents: token, key, corpid, and what the echo decrypts to."""
    crypto = Crypto("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    opened = crypto.open(echo, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780")
    assert opened == b"1616140317555161061"


@pytest.mark.parametrize("text", ["", "你好", "x" * 20000, "]]>", "\U0001f600" * 50])
def test_what_is_sealed_opens(text: str) -> None:
    """Any length, any script."""
    sealed, given = CRYPTO.seal(text, "1700000000", "n")
    assert CRYPTO.open(sealed, given, "1700000000", "n").decode() == text


def test_two_seals_of_one_text_differ() -> None:
    """The sixteen random bytes are random."""
    assert CRYPTO.seal("a", "1", "n")[0] != CRYPTO.seal("a", "1", "n")[0]


BROKEN = {
    "not base64": "!!!!",
    "not ASCII": "你好",
    "no whole block": base64.b64encode(b"x" * 15).decode(),
    "empty": "",
    "one block of nothing": encrypted(b"\x00" * 16),
    "padding of zero": encrypted(padded(framed(b"<xml/>"))[:-1] + b"\x00"),
    "padding too long": encrypted(padded(framed(b"<xml/>"))[:-1] + b"\x21"),
    "padding not all the same": encrypted(framed(b"<xml>1</xml>").ljust(63, b"\x01") + b"\x05"),
    "only padding": encrypted(b"\x20" * 32),
    "length too large": encrypted(padded(framed(b"<xml/>", length=2**31))),
    "length too small": encrypted(padded(framed(b"<xml/>", length=2))),
    "length beyond the appid": encrypted(padded(framed(b"<xml/>", length=len(APPID) + 7))),
    "wrong appid": encrypted(padded(framed(b"<xml/>", b"wx9999999999999999"))),
    "appid with a tail": encrypted(padded(framed(b"<xml/>", APPID.encode() + b"x"))),
    "no appid": encrypted(padded(framed(b"<xml/>", b""))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_content_is_refused_alike(name: str) -> None:
    """Rightly signed, wrongly made: the same error with nothing in it."""
    text = BROKEN[name]
    with pytest.raises(Refused) as error:
        CRYPTO.open(text, CRYPTO.sign("1", "n", text), "1", "n")
    assert error.value.args == () and error.value.__cause__ is None


@pytest.mark.parametrize("given", ["", "0" * 40, "é" * 40, "\ud800", "A" * 10**5])
def test_a_wrong_signature_is_refused(given: str) -> None:
    """Empty, wrong, not ASCII, endless."""
    with pytest.raises(Refused):
        CRYPTO.open(CRYPTO.seal("a", "1", "n")[0], given, "1", "n")


def test_a_signature_is_for_one_content_only() -> None:
    """The right signature with another message."""
    first, given = CRYPTO.seal("a", "1", "n")
    second, _ = CRYPTO.seal("b", "1", "n")
    assert first != second
    with pytest.raises(Refused):
        CRYPTO.open(second, given, "1", "n")


def test_the_platforms_signature_is_malleable() -> None:
    """Why the time stamp has to have ten digits: shifted stamp and nonce sign alike."""
    assert signature("t", "1700000000", "1712000001") == signature("t", "17000000001", "712000001")


BAD_XML = {
    "entity": b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
    "external file": b'<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
    "external dtd": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><A>1</A></xml>',
    "billion laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><A>&b;</A></xml>',
    "plain doctype": b"<!DOCTYPE xml><xml><A>1</A></xml>",
    "utf-16": "<xml><A>1</A></xml>".encode("utf-16"),
    "utf-7": b"+ADw-xml+AD4-",
    "declared otherwise": b'<?xml version="1.0" encoding="latin-1"?><xml><A>\xe9</A></xml>',
    "mark": b"\xef\xbb\xbf<xml><A>1</A></xml>",
    "nul": b"<xml><A>a\x00b</A></xml>",
    "control": b"<xml><A>a\x08b</A></xml>",
    "nul by reference": b"<xml><A>&#0;</A></xml>",
    "broken utf-8": b"<xml><A>\xff\xfe</A></xml>",
    "surrogate": b"<xml><A>\xed\xa0\x80</A></xml>",
    "deep": b"<xml>" + b"<a>" * 20000 + b"</a>" * 20000 + b"</xml>",
    "doubled field": b"<xml><A>1</A><A>2</A></xml>",
    "many fields": b"<xml>" + b"".join(b"<a%d/>" % n for n in range(500)) + b"</xml>",
    "attributes": b'<xml><A b="1">1</A></xml>',
    "another root": b"<html><A>1</A></html>",
    "two roots": b"<xml/><xml/>",
    "instruction": b"<xml><?php x ?><A>1</A></xml>",
    "cut off": b"<xml><A>1</A>",
    "empty": b"",
    "json": b'{"A": 1}',
}


@pytest.mark.parametrize("name", BAD_XML)
def test_hostile_xml_is_refused_at_once(name: str) -> None:
    """No entity, no other encoding, no depth, no doubles; and fast."""
    began = time.perf_counter()
    with pytest.raises(Refused):
        fields_of(BAD_XML[name])
    assert time.perf_counter() - began < 0.1


def test_nested_fields_of_real_events_are_taken() -> None:
    """Lists of pictures and scan results lie deeper; only the top is read."""
    found = fields_of(
        b"<xml><A>1</A><SendPicsInfo><Count>1</Count><PicList><item><Md5>x</Md5></item></PicList></SendPicsInfo></xml>"
    )
    assert found["A"] == "1" and found["SendPicsInfo"] == ""


def test_user_text_that_looks_like_a_doctype_is_text() -> None:
    """Inside CDATA everything is allowed that is a character."""
    assert fields_of(b"<xml><C><![CDATA[<!DOCTYPE x> <?php ?> &a;]]></C></xml>")["C"] == "<!DOCTYPE x> <?php ?> &a;"


@pytest.mark.parametrize("text", ["]]>", "]]]]>>", "<xml>]]><Evil/>", "a\r\nb\x00\x08\x1b", "￾\ud800", "]]" + ">" * 9])
def test_nothing_breaks_out_of_what_we_write(text: str) -> None:
    """Whatever the text, it comes back as text, without what XML cannot hold."""
    back = fields_of(written(Content=text, N=1).encode())
    assert set(back) == {"Content", "N"} and back["N"] == "1"
    assert back["Content"].replace("]]>", "") == "".join(
        c for c in text.replace("\r\n", "\n") if c not in "\x00\x08\x1b\ufffe\ud800"
    ).replace("]]>", "")


def test_cdata_ends_only_where_it_should() -> None:
    """The one end is ours."""
    assert cdata("]]>") == "<![CDATA[]]]]><![CDATA[>]]>"
