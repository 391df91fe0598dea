"""What Rasa trains with: the files in `bot/data`, and the responses.

`bot/responses.yml` stays out of `domain.yml` and out of `bot/data`, so that a change of wording trains nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter

FOLDER = Path(__file__).parent
RESPONSES = FOLDER / "responses.yml"


class ClaimsImporter(RasaFileImporter):
    """Rasa's own file importer; `bot/data` unless the command line names other data that is there."""

    def __init__(
        self, config_file: str | None = None, domain_path: str | None = None, training_data_paths: Any = None
    ) -> None:
        given = [training_data_paths] if isinstance(training_data_paths, str) else training_data_paths or []
        there = [path for path in given if path and Path(path).exists()]
        super().__init__(config_file, domain_path, there or [str(FOLDER / "data")])

    def get_domain(self) -> Domain:
        """The domain with the responses."""
        return super().get_domain().merge(Domain.from_path(str(RESPONSES)))
