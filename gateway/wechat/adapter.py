"""What a channel has to offer to be served by the sender: the official account and WeCom customer service do."""

from __future__ import annotations

from typing import Protocol

from cases.db import Database
from cases.deliveries import Claimed, Compose
from cases.enums import Channel


class ChannelAdapter(Protocol):
    """A channel's outgoing side. Every call may raise ApiError."""

    @property
    def channel(self) -> Channel:
        """Which channel it is."""

    @property
    def compose(self) -> Compose:
        """Makes the next bubble of what waits."""

    def send(self, claimed: Claimed) -> None:
        """Send a bubble to its user."""

    def typing(self, user: str) -> None:
        """Show the typing sign for a moment."""

    def announce(self, user: str) -> str:
        """Tell a user outside his window that something waits for him: what was done, or `no_template`."""

    def probe(self) -> None:
        """A call that sends nothing, to see whether the platform is there again."""

    def upkeep(self, database: Database) -> None:
        """What has to be looked after now and then: the token, WeCom's desk."""
