"""Pictures that followers send: fetched from the platform, checked, kept."""

from __future__ import annotations

import pytest

from cases.enums import Sender
from cases.models import Photo
from tests.pictures import drawn, encoded
from tests.wechat_service import Service, new_user

pytestmark = pytest.mark.usefixtures("undisturbed")


def test_a_picture_goes_into_the_same_store(wechat: Service) -> None:
    """Fetched by its media id, re-encoded, checked, given to the bot."""
    openid = new_user()
    wechat.platform.media["pic-1"] = encoded(drawn())
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(
        wechat.account.message(openid, "image", PicUrl="http://127.0.0.1:1/x", MediaId="pic-1"), openid
    )
    wechat.seen(openid, "/send_photo")
    rows = wechat.ask(lambda s: s.query(Photo).filter_by(conversation_id=wechat.conversation(openid).id).all())
    assert len(rows) == 1 and rows[0].usable
    assert wechat.messages(openid)[0].data["image_id"] == rows[0].id


@pytest.mark.parametrize(
    ("media", "says"), [(None, "没有接收成功"), (b"GIF89a" + b"x" * 99, "JPEG")], ids=["gone", "gif"]
)
def test_a_picture_that_is_gone_or_none_is_told(wechat: Service, media: bytes | None, says: str) -> None:
    """A JSON error with status 200; another format."""
    openid = new_user()
    if media is not None:
        wechat.platform.media["pic-2"] = media
    else:
        wechat.platform.media.pop("pic-2", None)
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-2"), openid)
    assert says in wechat.seen(openid, says)[0]
    assert [row.sender for row in wechat.messages(openid)] == [Sender.BOT]


def test_a_picture_survives_faults_and_a_refused_token(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Busy, a bad gateway, a token that another program invalidated: fetched all the same, once."""
    monkeypatch.setattr("gateway.wechat.media.PAUSES", (0.05,) * 6)
    openid = new_user()
    wechat.platform.media["pic-3"] = encoded(drawn())
    wechat.platform.faults["/cgi-bin/media/get"] = [-1, "502", "drop", "html"]
    wechat.platform.invalidate_token()
    wechat.platform.acted(openid, "message")
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-3"), openid)
    wechat.seen(openid, "/send_photo")
    assert len(wechat.messages(openid)) == 2


def test_a_picture_waits_for_a_restart(wechat: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway dies while it fetches; the next one takes it up."""
    openid = new_user()
    wechat.platform.media["pic-4"] = encoded(drawn())
    wechat.platform.faults["/cgi-bin/media/get"] = [-1]
    wechat.platform.acted(openid, "message")
    monkeypatch.setattr("gateway.wechat.callback.ANSWER_WITHIN", 0.2)
    wechat.account.deliver(wechat.account.message(openid, "image", PicUrl="x", MediaId="pic-4"), openid)
    wechat.restart()
    wechat.seen(openid, "/send_photo")
