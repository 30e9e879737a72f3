"""What every handler works with."""

from dataclasses import dataclass
from datetime import datetime

from nova.core.clock import Clock
from nova.placement.db import stamp
from nova.placement.db.engine import Database
from nova.placement.db.vocabulary import Vocabulary
from nova.placement.policies import Gate
from nova.placement.search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class Services:
    """`nobody` are the project and user of consumers that state none."""

    database: Database
    vocabulary: Vocabulary
    searcher: Searcher
    gate: Gate
    clock: Clock
    nobody: tuple[str, str]

    def now(self) -> datetime:
        return stamp.now(self.clock)
