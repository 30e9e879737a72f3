"""What the network service may say no to."""

from nova.errors import Conflict, Forbidden, Invalid, NotFound, NovaError, Unavailable


class NetworkUnavailable(Unavailable):
    """The network service does not answer, or answers with an error of its own."""


class NetworkRefused(Invalid):
    template = "The network service refused the request: {reason}"


class NetworkNotFound(Invalid):
    template = "Network {network_id} could not be found."


class PortNotFound(NotFound):
    template = "Port id {port_id} could not be found."


class PortInUse(Conflict):
    template = "Port {port_id} is still in use."


class PortNotFree(Conflict):
    template = "No free port available for instance {server_id}."


class PortNotUsable(Invalid):
    template = "Port {port_id} not usable for instance {server_id}."


class PortNotUsableDns(Invalid):
    template = (
        "Port {port_id} not usable for instance {server_id}. Value {value} assigned to "
        "dns_name attribute does not match instance's hostname {hostname}"
    )


class PortRequiresFixedIp(Invalid):
    template = "Port {port_id} requires a FixedIP in order to be used."


class PortBindingFailed(Invalid):
    template = "Binding failed for port {port_id}, please check neutron logs for more information."


class PortUpdateFailed(NovaError):
    template = "Port update failed for port {port_id}: {reason}"


class NetworkRequiresSubnet(Invalid):
    template = "Network {network_id} requires a subnet in order to boot instances on."


class NetworkDuplicated(Invalid):
    template = "Network {network_id} is duplicated."


class NetworkAmbiguous(Conflict):
    template = (
        "More than one possible network found. Specify network ID(s) to select which one(s) "
        "to connect to."
    )


class ExternalNetworkForbidden(Forbidden):
    template = "It is not allowed to create an interface on external network {network_id}"


class FixedIpInUse(Invalid):
    template = "Fixed IP address {address} is already in use on instance {server_id}."


class FixedIpInvalid(Invalid):
    template = "Fixed IP address {address} is not valid for network {network_id}."


class NoMoreFixedIps(Invalid):
    template = "No fixed IP addresses available for network: {network_id}"


class FixedIpNotOfServer(Invalid):
    template = "Fixed IP address {address} is not associated with instance {server_id}."


class FixedIpNotAssigned(Invalid):
    template = "Specified fixed address not assigned to instance"


class NoFixedIp(Invalid):
    template = "No fixed IPs associated to instance"


class NetworkNotOfServer(Invalid):
    template = "Network {network_id} has no port of instance {server_id}."


class MacInUse(Conflict):
    template = "MAC address {mac} is already in use on network {network_id}."


class PortLimitExceeded(Forbidden):
    template = "Maximum number of ports exceeded"


class CannotAutoAllocate(Invalid):
    template = "Unable to automatically allocate a network for project {project_id}"


class SecurityGroupNotFound(NotFound):
    template = "Security group {name} not found."


class SecurityGroupAmbiguous(Conflict):
    template = "Multiple security groups found matching '{name}'. Use an ID to be more specific."


class SecurityGroupInUse(Invalid):
    """Also of a group that cannot be missed, whether used or not."""

    template = "{reason}"


class SecurityGroupLimitExceeded(Forbidden):
    template = "{reason}"


class SecurityGroupCannotBeApplied(Invalid):
    template = (
        "Network requires port_security_enabled and subnet associated in order to apply "
        "security groups."
    )


class SecurityGroupNotOfServer(NotFound):
    template = "Security group {group_id} is not associated with the instance {server_id}"


class ServerHasNoPorts(NotFound):
    template = "Instance {server_id} has no port that a security group could apply to."


class FloatingIpNotFound(NotFound):
    template = "Floating IP not found for ID {id}"


class FloatingIpPoolNotFound(NotFound):
    template = "Floating IP pool not found."


class FloatingIpLimitExceeded(Forbidden):
    template = "IP allocation over quota."


class FloatingIpNotFoundByAddress(NotFound):
    template = "floating IP not found"

    def __init__(self, *, address: str) -> None:
        super().__init__(address=address)


class FloatingIpNotOfServer(Conflict):
    template = "Floating IP {address} is not associated with instance {server_id}."
