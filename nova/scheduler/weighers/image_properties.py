"""Hosts whose servers have images like this one."""

from oslo_config import cfg

from nova.scheduler.field import Field, Numbers, numbers
from nova.scheduler.ratios import ratios
from nova.scheduler.request import Request
from nova.scheduler.weighers.contract import Weigher


class ImagePropertiesWeigher(Weigher):
    """Needs `HostState.images`, which the snapshot reads only when the multiplier is set."""

    option = "image_props_weight_multiplier"

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self.ratios = ratios(conf.filter_scheduler.image_props_weight_setting)

    def raw(self, request: Request, field: Field) -> Numbers | None:
        wanted = self._wanted(request)
        if not wanted:
            return None
        return numbers([
            sum(ratio * host.images.get(pair, 0) for pair, ratio in wanted.items())
            for host in field.hosts
        ])

    def _wanted(self, request: Request) -> dict[tuple[str, str], float]:
        """How much each (property, value) of the image counts."""
        pairs = {(name, str(value)) for name, value in request.properties.items()}
        if not self.ratios:
            return dict.fromkeys(pairs, 1.0)
        return {pair: self.ratios[pair[0]] for pair in pairs if pair[0] in self.ratios}
