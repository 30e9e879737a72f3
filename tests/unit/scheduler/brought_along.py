"""A filter and a weigher as an operator writes them."""

from nova.scheduler.filters import BaseHostFilter
from nova.scheduler.weighers import BaseHostWeigher


class EvenHostFilter(BaseHostFilter):
    def host_passes(self, host_state, spec_obj):
        return int(host_state.host[1:]) % 2 == 0


class LastHostWeigher(BaseHostWeigher):
    minval = 0

    def _weigh_object(self, host_state, weight_properties):
        return int(host_state.host[1:])
