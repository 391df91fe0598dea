"""WeChat's and WeCom's message encryption: signatures and AES-256-CBC.

Whatever is wrong with a message raises the same `Refused`, with nothing in it. Signatures are compared in constant
time, and a message is decrypted whether or not its signature was right, so that the answer's time says little.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
RANDOM = 16


class Refused(Exception):
    """Something about a message is wrong."""


def signature(*parts: str) -> str:
    """SHA-1 of the sorted parts, joined, as the platform has it."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # the platform's choice, not ours


def same(given: str, expected: str) -> bool:
    """Whether two signatures are equal, in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


class Crypto:
    """Encrypts and decrypts for one account; `receiver` is the appid (WeChat) or the corpid (WeCom)."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self._token, self._receiver = token, receiver
        self._key = base64.b64decode(aes_key + "=")

    def sign(self, *parts: str) -> str:
        """The signature of parts, with our token."""
        return signature(self._token, *parts)

    def open(self, encrypted: str, given: str, timestamp: str, nonce: str) -> bytes:
        """The content of an encrypted text. Raises Refused."""
        signed = same(given, self.sign(timestamp, nonce, encrypted))
        content = self._decrypted(encrypted)
        if not signed or content is None:
            raise Refused
        return content

    def seal(self, content: str, timestamp: str, nonce: str) -> tuple[str, str]:
        """A content encrypted, and its signature."""
        raw = content.encode()
        plain = secrets.token_bytes(RANDOM) + struct.pack(">I", len(raw)) + raw + self._receiver.encode()
        fill = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()
        encrypted = base64.b64encode(sealed).decode()
        return encrypted, self.sign(timestamp, nonce, encrypted)

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def _decrypted(self, encrypted: str) -> bytes | None:
        try:
            sealed = base64.b64decode(encrypted.encode("ascii"), validate=True)
            decryptor = self._cipher().decryptor()
            return self._content(decryptor.update(sealed) + decryptor.finalize())
        except ValueError:  # not ASCII, not base64, not whole blocks
            return None

    def _content(self, plain: bytes) -> bytes | None:
        fill = plain[-1] if plain else 0
        if not 1 <= fill <= BLOCK or len(plain) < fill + RANDOM + 4 or plain[-fill:] != bytes([fill]) * fill:
            return None
        body = plain[RANDOM:-fill]
        (length,) = struct.unpack(">I", body[:4])
        content, receiver = body[4 : 4 + length], body[4 + length :]
        right = len(content) == length and hmac.compare_digest(receiver, self._receiver.encode())
        return content if right else None
