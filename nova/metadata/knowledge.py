"""What is known of servers, for a while: a guest asks for a dozen things in a row."""

import logging
from dataclasses import dataclass

from nova.clients.vendordata.contract import Remembering
from nova.context import admin_context
from nova.metadata.askers import Asker
from nova.metadata.errors import NobodyKnown
from nova.metadata.seams import MetadataSeams
from nova.objects.server import Instance
from nova.objects.store.errors import InstanceNotFound
from nova.servers.steps.metadata.entropy import entropy
from nova.servers.steps.metadata.guards import security_groups_of
from nova.servers.steps.metadata.subject import Subject

LOG = logging.getLogger(__name__)

# Servers remembered at once; beyond that what is too old is looked for.
MANY = 1000


@dataclass(frozen=True)
class _Remembered:
    subject: Subject
    until: float


class Knowledge:
    def __init__(self, seams: MetadataSeams) -> None:
        self._seams = seams
        self._known: dict[str, _Remembered] = {}

    def of(self, asker: Asker) -> Subject:
        """NobodyKnown for a server that there is not, or that is another project's."""
        subject = self._remembered(asker.uuid) or self._learn(asker.uuid)
        project = subject.instance.project_id
        if asker.project_id is not None and asker.project_id != project:
            LOG.warning("Server %s is not of project %s", asker.uuid, asker.project_id)
            raise NobodyKnown
        return subject

    def forget(self, uuid: str) -> None:
        self._known.pop(uuid, None)

    def _remembered(self, uuid: str) -> Subject | None:
        found = self._known.get(uuid)
        fresh = found is not None and found.until > self._seams.clock.monotonic()
        return found.subject if found is not None and fresh else None

    def _learn(self, uuid: str) -> Subject:
        try:
            instance = self._seams.servers.get(uuid)
        except InstanceNotFound:
            raise NobodyKnown from None
        subject = self._subject(instance)
        now = self._seams.clock.monotonic()
        if len(self._known) >= MANY:
            self._known = {key: one for key, one in self._known.items() if one.until > now}
        until = now + self._seams.conf.api.metadata_cache_expiration
        self._known[uuid] = _Remembered(subject, until)
        return subject

    def _subject(self, instance: Instance) -> Subject:
        seams = self._seams
        return Subject(
            instance=instance,
            entropy=entropy,
            dhcp_domain=seams.conf.api.dhcp_domain or "",
            security_groups=security_groups_of(admin_context(), seams.guards, instance.uuid),
            devices=tuple(instance.device_metadata),
            vendor=Remembering(seams.vendor),
        )
