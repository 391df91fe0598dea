"""`python -m gateway.wechat menu [--show]`: set the account's menu, or print what would be set."""

from __future__ import annotations

import argparse
import json
import sys

from cases.db import Database
from cases.errors import SettingsError
from cases.settings import get_settings
from gateway.wechat.account import WeChat
from gateway.wechat.codes import ApiError
from gateway.wechat.menu import menu, set_menu


def main(argv: list[str] | None = None) -> int:
    """Run the command; the exit status says whether the platform took it."""
    parser = argparse.ArgumentParser(prog="python -m gateway.wechat")
    parser.add_argument("command", choices=["menu"])
    parser.add_argument("--show", action="store_true", help="print the menu and set nothing")
    options = parser.parse_args(argv)
    settings = get_settings()
    if options.show:
        print(json.dumps(menu(settings.public_url), ensure_ascii=False, indent=1))
        return 0
    if not settings.wechat:
        raise SettingsError("WECHAT_APPID must be set to set the menu")
    try:
        set_menu(WeChat(settings, Database(settings.database_url), owner=True), settings.public_url)
    except ApiError as error:
        print(f"the platform refused the menu: {error.code}", file=sys.stderr)
        return 1
    print("the menu is set")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SettingsError as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
