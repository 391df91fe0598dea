"""The worker: runs the clocks and tells the customer what is due. `python -m gateway.worker`."""

from __future__ import annotations

import logging
import signal
import threading

from cases import sweep
from cases.clock import utc_now
from cases.db import Database
from cases.errors import SettingsError
from cases.messages import Door
from cases.settings import Settings, get_settings
from gateway.channels import start_senders
from gateway.state import make_door
from gateway.telling import tell, text_of

EVERY = 5.0
MOST_CLAIMS = 500  # written in one round, so that nobody waits for the database; the rest comes with the next
__all__ = ["tell", "text_of"]
log = logging.getLogger("worker")


def round_once(database: Database, door: Door, settings: Settings) -> None:
    """Clocks, then reminders; a failure is logged and the next round tries again."""
    now, share = utc_now(), settings.sla_warn_share
    with database.read() as session:
        claims = sweep.claims_with_news(session, now, share)[:MOST_CLAIMS]
    with database.write() as session:
        for line in sweep.run(session, now, share, claims):
            log.info("%s", line)
    with database.write() as session:
        if sent := tell(session, door, settings):
            log.info("sent %d reminders", sent)


def main() -> None:
    """Until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    settings = get_settings()
    database, door = Database(settings.database_url), make_door()
    threads = start_senders(settings, database, stop)
    while not stop.wait(EVERY):
        try:
            round_once(database, door, settings)
        except Exception:
            log.exception("a round failed")
    for thread in threads:
        thread.join(timeout=5)


if __name__ == "__main__":
    try:
        main()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
