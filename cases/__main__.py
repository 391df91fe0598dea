"""`python -m cases COMMAND`: the command line of the business (contract, "Command line")."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path

from cases import clock, commands, review_commands, roles
from cases.enums import Role
from cases.errors import ClaimsError
from cases.settings import Settings, get_settings

REFUSED = 2


def main(argv: list[str] | None = None) -> int:
    """Run one command; a refusal is one sentence on stderr, exit 2 for a setting and 1 for anything else."""
    options = parser().parse_args(argv)
    try:
        lines = run(options, get_settings())
    except ClaimsError as error:
        print(error, file=sys.stderr)
        return REFUSED if error.code == "settings" else 1
    for line in lines:
        print(line)
    return 0


def run(options: argparse.Namespace, settings: Settings) -> list[str]:
    """The command that the words name."""
    if options.command == "load":
        return commands.load_file(settings, options.file)
    if options.command == "sweep":
        return commands.sweep(settings, options.now or clock.utc_now())
    if options.command == "agent":
        return run_agent(options, settings)
    if options.command == "roles":
        return roles.as_markdown().splitlines()
    if options.command == "review-list":
        return review_commands.run(options, settings)
    return commands.migrate(settings.database_url) if options.command == "migrate" else commands.load_demo(settings)


def run_agent(options: argparse.Namespace, settings: Settings) -> list[str]:
    """The command about accounts that the words name."""
    if options.what == "add":
        password = sys.stdin.readline().rstrip("\n") if options.password_stdin else None
        return commands.add_agent(settings, options.username, options.role, options.name, password)
    if options.what == "disable":
        return commands.disable_agent(settings, options.username)
    if options.what == "role":
        return commands.change_role(settings, options.username, options.role)
    return commands.list_agents(settings)


def parser() -> argparse.ArgumentParser:
    """The words that are understood."""
    top = argparse.ArgumentParser(prog="python -m cases")
    names = top.add_subparsers(dest="command", required=True)
    load = names.add_parser(
        "load", help="insert or update customers, policies and claims from a JSON file, all or nothing"
    )
    load.add_argument("file", type=Path)
    sweep = names.add_parser("sweep", help="run the clocks, the reminders and the follow-ups once")
    sweep.add_argument("--now", type=moment, help="as if it were that time, such as 2026-11-22T09:00:00+08:00")
    agent_parser(names.add_parser("agent", help="the accounts of the desk"))
    review_commands.arguments(
        names.add_parser("review-list", help="what was not understood, as JSON lines for faq gaps")
    )
    names.add_parser("roles", help="who at the desk may see and do what, as docs/roles.md")
    names.add_parser("demo", help="the demo data and the demo agents (embedded default only)")
    names.add_parser("migrate", help="bring the database to the newest schema")
    return top


def agent_parser(agent: argparse.ArgumentParser) -> None:
    """The words after `agent`."""
    what = agent.add_subparsers(dest="what", required=True)
    add = what.add_parser("add", help="make an account, or change its password, name and role")
    add.add_argument("username")
    add.add_argument("--role", choices=[role.value for role in Role], help="first_line for a new account")
    add.add_argument("--name", help="as customers see it")
    add.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of stdin; else one is made"
    )
    what.add_parser("list", help="all accounts")
    change = what.add_parser("role", help="give an account another role, which counts at once")
    change.add_argument("username")
    change.add_argument("role", choices=[role.value for role in Role])
    what.add_parser("disable", help="close an account and log it out").add_argument("username")


def moment(text: str) -> datetime:
    """A time on the command line."""
    try:
        return clock.parse_moment(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a time like 2026-11-22T09:00:00+08:00") from None


if __name__ == "__main__":
    sys.exit(main())
