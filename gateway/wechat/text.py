"""From reviewed messages to bubbles: text that WeChat shows as it stands, split at sentences, choices as numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cases.deliveries import Bubble, Compose, Piece
from cases.enums import Kind, Sender
from cases.models import Message
from faq.knowledge import phrases

LIMIT = 2000  # bytes; the platform takes 2048
CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff"
DIRECTIONS = "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff"
NOT_SHOWN = re.compile(f"[{CONTROLS}{DIRECTIONS}]")
LINK = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]{1,20})://(?P<rest>[^\s，。；、）]*)")
BARE = re.compile(r"(?<![\w@.\-])(?:[A-Za-z0-9\-]{1,63}\.)+[A-Za-z]{2,12}(?![\w\-])")
SENTENCE = re.compile(r".*[。！？!?；;\n]", re.S)
CLAUSE = re.compile(r".*[，、,：: ]", re.S)
ANGLES = str.maketrans("<>", "＜＞")


def shown(text: str, own_host: str = "") -> str:
    """A text that cannot become markup, a link to a strange place, or run backwards."""
    clean = NOT_SHOWN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).translate(ANGLES)
    clean = LINK.sub(lambda match: _kept(match.group(), match.group("rest"), own_host), clean)
    return BARE.sub(lambda match: _kept(match.group(), match.group(), own_host), clean)


def _kept(link: str, rest: str, own_host: str) -> str:
    """The link if it is ours, else dull."""
    return link if _ours(rest, own_host) else link.replace("://", "：//").replace(".", "．")


def _ours(rest: str, own_host: str) -> bool:
    host = re.split(r"[/?#:]", rest, maxsplit=1)[0].lower()
    return bool(own_host) and "@" not in rest and (host == own_host or host.endswith("." + own_host))


def rendered(message: Message, own_host: str = "") -> str:
    """A message as text: who speaks when it is a person, the choices as numbers."""
    words = phrases("wechat")["shown"]
    text = shown(message.text, own_host)
    if message.sender is Sender.AGENT:
        text = words["agent"].replace("{agent}", shown(str(message.meta.get("agent", "")))) + text
    lines = [
        words["choice"].replace("{number}", str(number)).replace("{label}", shown(choice["label"]))
        for number, choice in enumerate(message.choices, 1)
    ]
    return "\n".join([text, *lines]) if text else "\n".join(lines)


def cut(text: str, limit: int) -> int:
    """How many characters fit into that many bytes, ending with a sentence or at least a clause where one is near."""
    if len(text.encode()) <= limit:
        return len(text)
    fits = text.encode()[: max(limit, 0)].decode(errors="ignore")
    for ending in (SENTENCE, CLAUSE):
        match = ending.match(fits)
        if match and match.end() >= len(fits) // 3:
            return match.end()
    return len(fits)


def composer(own_host: str = "", limit: int = LIMIT) -> Compose:
    """A function that makes the next bubble of what waits."""

    def compose(pieces: Sequence[Piece], last: bool) -> Bubble:
        if pieces[0].message.kind is Kind.RATING:
            return _menu(pieces[0], own_host)
        more = "\n" + phrases("wechat")["shown"]["more"]
        text, takes, all_in = _filled(pieces, own_host, limit - (len(more.encode()) if last else 0))
        return Bubble(text + more if last and not all_in else text, tuple(takes))

    return compose


def _filled(pieces: Sequence[Piece], own_host: str, limit: int) -> tuple[str, list[tuple[int, int, bool]], bool]:
    parts: list[str] = []
    takes: list[tuple[int, int, bool]] = []
    room = limit
    for piece in pieces:
        rest = rendered(piece.message, own_host)[piece.done_chars :]
        size = cut(rest, room)
        if parts and size < len(rest) and size * 2 < min(len(rest), 200):
            return "\n\n".join(parts), takes, False  # begin it in the next bubble rather than tear a bit off
        parts.append(rest[:size].strip("\n"))
        takes.append((piece.delivery_id, piece.done_chars + size, size == len(rest)))
        room -= len(rest[:size].encode()) + 2
        if size < len(rest):
            return "\n\n".join(parts), takes, False
    return "\n\n".join(parts), takes, True


def _menu(piece: Piece, own_host: str) -> Bubble:
    message = piece.message
    scores: dict[int, str] = phrases("notices")["satisfaction"]["scores"]
    label = phrases("wechat")["shown"]["score"]
    items = tuple(
        (f"r{message.id}-{score}", label.replace("{score}", str(score)).replace("{label}", scores[score]))
        for score in sorted(scores, reverse=True)
    )
    text = shown(message.text, own_host)
    return Bubble(text, ((piece.delivery_id, len(text), True),), items)
