"""The mirror of one process, kept up to date and guarded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from os_traits import MISC_SHARES_VIA_AGGREGATE

from nova.placement.db.engine import Database
from nova.placement.db.vocabulary import Vocabulary
from nova.placement.search import candidates
from nova.placement.search.candidates import Answer, Settings
from nova.placement.search.feed import Feed
from nova.placement.search.mirror import Mirror
from nova.placement.search.question import Question


class Searcher:
    """Answers from memory that are as new as the database."""

    def __init__(self, database: Database, vocabulary: Vocabulary, settings: Settings) -> None:
        self._database = database
        self._vocabulary = vocabulary
        self._settings = settings
        self._mirror = Mirror()
        self._feed = Feed(self._mirror, vocabulary, database.dialect, database.clock)
        self._lock = database.clock.lock()

    @contextmanager
    def current(self) -> Iterator[Mirror]:
        """The mirror as of now; it does not change inside the block."""
        with self._lock:
            self._database.read(self._feed.refresh)
            yield self._mirror

    def warm(self, done: Callable[[], None]) -> None:
        """Read everything, so that the first search need not; then call `done`."""
        try:
            with self.current():
                pass
        finally:
            done()

    def candidates(self, mirror: Mirror, question: Question) -> Answer:
        # Refreshing loaded all names, so memory is enough.
        trait = self._vocabulary.traits.cached(MISC_SHARES_VIA_AGGREGATE)
        return candidates.answer(mirror, question, trait, self._settings)
