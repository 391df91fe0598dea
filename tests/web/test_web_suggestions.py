"""Suggestions on the desk page."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.conftest import OpenDesk


def test_a_suggestion_is_written_adopted_and_read_again(open_desk: OpenDesk) -> None:
    """By the first line, by a supervisor with a note, by who wrote it; the weekly review counts it."""
    desk, lead = open_desk("xiaochen", "#/suggestions"), open_desk("lead")
    desk.page.get_by_label("建议内容").fill("拍照指引里加上车架号的位置，电话13711112222")
    desk.page.get_by_label("主题").fill("拍照")
    desk.page.get_by_role("button", name="提交建议").click()
    row = desk.page.get_by_role("row", name="车架号的位置")
    expect(row).to_contain_text("137****2222")
    expect(row).to_contain_text("待评估")
    expect(row.get_by_role("button")).to_have_count(0)
    lead.page.get_by_role("link", name="建议", exact=True).click()
    theirs = lead.page.get_by_role("row", name="车架号的位置")
    expect(theirs).to_contain_text("小陈")
    theirs.get_by_role("button", name="采纳", exact=True).click()
    lead.dialog.get_by_label("评估说明").fill("下月更新指引")
    lead.dialog.get_by_role("button", name="采纳").click()
    expect(theirs).to_contain_text("已采纳")
    desk.page.reload()
    expect(row).to_contain_text("下月更新指引")
    lead.page.get_by_role("link", name="周报").click()
    expect(lead.page.locator(".Part", has_text="一线建议")).to_contain_text("采纳 1")
