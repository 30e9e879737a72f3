"""The packet filter as nftables text: pure functions of the wishes.

The bridge table filters what guests send and get, frame by frame; the inet
table routes and translates. Both are replaced as a whole in one transaction,
but the sets of known flows stay, so connections live through a change.

This kernel-independent way of remembering flows (dynamic sets with timeouts)
works where bridges have no connection tracking: what a guest sends with
permission lets the answers in, and the other way round.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence

from nova.standalone.network.fabric import NetworkPlan, PortPlan, RulePlan

FLOW_LIMIT = 1 << 18
TCP, ICMP = 6, 1
IN, OUT = "oifname", "iifname"
WITH_PORTS = "{ udp, udplite, sctp, dccp }"
# By set of flows: what an element has after `ifname . from . to`, and its whole type.
FLOWS = {
    "ports": (
        "meta l4proto . th sport . th dport",
        "type ifname . ipv4_addr . ipv4_addr . inet_proto . inet_service . inet_service",
    ),
    "pings": ("icmp id", "typeof iifname . ip saddr . ip daddr . icmp id"),
    "others": ("meta l4proto", "type ifname . ipv4_addr . ipv4_addr . inet_proto"),
}
METADATA = "169.254.169.254"
GUEST_TO_HOST = (
    "ct state established,related accept",
    "udp dport { 53, 67 } accept",
    "tcp dport 53 accept",
    "ip protocol icmp accept",
)


def bridge_table(
    name: str,
    plans: Sequence[NetworkPlan],
    stale: Iterable[str] = (),
    strangers: Iterable[str] = (),
) -> str:
    """`stale` are chains of ports that are no more, `strangers` devices without a port.

    A port's chains are there from its binding on, before its device is.
    """
    ports = _guarded(plans)
    lines = [f"add table bridge {name}", *_sets(name), *_chains(name, ports)]
    lines += [f"delete chain bridge {name} {chain}" for chain in sorted(stale)]
    lines += _elements(name, "strangers", (f'"{device}"' for device in sorted(strangers)))
    for port in ports:
        lines += _port(name, port)
    return "\n".join((*lines, *_hooks(name))) + "\n"


def port_chains(plans: Sequence[NetworkPlan]) -> set[str]:
    """The chains that bridge_table makes for ports."""
    return {chain for port in _guarded(plans) for chain in _names(port)}


def _guarded(plans: Sequence[NetworkPlan]) -> list[PortPlan]:
    return [
        port
        for plan in plans
        for port in plan.ports
        if plan.up and port.bound and port.up and port.guarded
    ]


def inet_table(name: str, plans: Sequence[NetworkPlan], metadata_port: int | None = None) -> str:
    """Routing between guests and the outside: translated, and only from inside.

    `metadata_port` is where this host listens for what guests ask 169.254.169.254.
    """
    bridges = [f'"{plan.bridge}"' for plan in plans]
    lines = [
        f"add table inet {name}",
        f"delete table inet {name}",
        f"add table inet {name}",
        f"add set inet {name} bridges {{ type ifname; }}",
        f"add set inet {name} same {{ type ifname . ifname; }}",
        f"add chain inet {name} nat {{ type nat hook postrouting priority srcnat; }}",
        f"add chain inet {name} forward {{ type filter hook forward priority filter; }}",
        f"add chain inet {name} input {{ type filter hook input priority filter; }}",
        f"add rule inet {name} forward iifname . oifname @same accept",
        f"add rule inet {name} forward iifname @bridges oifname @bridges drop",
        f"add rule inet {name} forward oifname @bridges ct state established,related accept",
        f"add rule inet {name} forward oifname @bridges drop",
        f"add chain inet {name} guests",
        f"add rule inet {name} input iifname @bridges jump guests",
        *(f"add rule inet {name} guests {rule}" for rule in GUEST_TO_HOST),
        *(f"add {rule}" for rule in _metadata(name, metadata_port)),
        f"add rule inet {name} guests drop",
    ]
    if bridges:
        lines.append(f"add element inet {name} bridges {{ {', '.join(bridges)} }}")
        pairs = ", ".join(f"{bridge} . {bridge}" for bridge in bridges)
        lines.append(f"add element inet {name} same {{ {pairs} }}")
    lines += [f"add rule inet {name} nat {rule}" for plan in plans for rule in _masquerade(plan)]
    return "\n".join(lines) + "\n"


def _metadata(name: str, port: int | None) -> tuple[str, ...]:
    """To guests the service is a link-local address; to nobody else is it anything."""
    if port is None:
        return ()
    return (
        f"chain inet {name} magic {{ type nat hook prerouting priority dstnat; }}",
        f"rule inet {name} magic iifname @bridges ip daddr {METADATA} tcp dport 80 "
        f"redirect to :{port}",
        f"rule inet {name} guests tcp dport {port} accept",
        f'rule inet {name} input iifname != "lo" tcp dport {port} drop',
    )


def _masquerade(plan: NetworkPlan) -> Iterator[str]:
    for subnet in plan.subnets:
        if subnet.gateway and ipaddress.ip_network(subnet.cidr).version == 4:
            yield (
                f"ip saddr {subnet.cidr} ip daddr != {{ {subnet.cidr}, 224.0.0.0/4 }} "
                f'oifname != "{plan.bridge}" masquerade'
            )


def _sets(name: str) -> Iterator[str]:
    options = f"flags dynamic,timeout; size {FLOW_LIMIT}; timeout 3m;"
    for flows, (_, kind) in FLOWS.items():
        yield f"add set bridge {name} {flows} {{ {kind}; {options} }}"
    yield f"add set bridge {name} strangers {{ type ifname; }}"
    for verdicts in ("sends", "gets"):
        yield f"add map bridge {name} {verdicts} {{ type ifname : verdict; }}"


def _chains(name: str, ports: Sequence[PortPlan]) -> Iterator[str]:
    for hook in ("forward", "input", "output"):
        yield f"add chain bridge {name} {hook} {{ type filter hook {hook} priority 0; }}"
    plain = ["sent", "got", *(chain for port in ports for chain in _names(port))]
    yield from (f"add chain bridge {name} {chain}" for chain in plain)
    for chain in ("forward", "input", "output", *plain):
        yield f"flush chain bridge {name} {chain}"
    for verdicts in ("sends", "gets"):
        yield f"flush map bridge {name} {verdicts}"
    yield f"flush set bridge {name} strangers"


def _elements(name: str, members: str, found: Iterable[str]) -> Iterator[str]:
    text = ", ".join(found)
    if text:
        yield f"add element bridge {name} {members} {{ {text} }}"


def _hooks(name: str) -> Iterator[str]:
    """A device on our bridges that no port stands for neither sends nor gets."""
    for hook, rules in {
        "forward": (
            "iifname @strangers drop",
            "oifname @strangers drop",
            "iifname vmap @sends",
            "oifname vmap @gets",
        ),
        "input": (
            "iifname @strangers drop",
            "iifname vmap @sends",
        ),
        "output": (
            "oifname @strangers drop",
            # Whether a guest's request shows here before or after its translation
            # depends on the kernel; the answer of this host comes translated back.
            f"ip saddr {METADATA} tcp sport 80 accept",
            "oifname vmap @gets",
        ),
        "sent": _remember("iifname"),
        "got": (*_remember("oifname"), "accept"),
    }.items():
        yield from (f"add rule bridge {name} {hook} {rule}" for rule in rules)


def _remember(device: str) -> tuple[str, ...]:
    """Let answers to the packet pass the other way at its device."""
    back = f"{device} . ip daddr . ip saddr"
    ports = f"update @ports {{ {back} . meta l4proto . th dport . th sport"
    return (
        f"meta l4proto tcp {ports} timeout 2h }}",
        f"meta l4proto {WITH_PORTS} {ports} }}",
        f"icmp type echo-request update @pings {{ {back} . icmp id }}",
        f"meta l4proto != {{ tcp, udp, udplite, sctp, dccp, icmp }} "
        f"update @others {{ {back} . meta l4proto }}",
    )


def _names(port: PortPlan) -> tuple[str, str]:
    return f"from-{port.id[:11]}", f"to-{port.id[:11]}"


def _port(name: str, port: PortPlan) -> Iterator[str]:
    """The two chains of a port, and the ways to them."""
    sends, gets = _names(port)
    for chain, rules in ((sends, _sending(port)), (gets, _getting(port))):
        yield from (f"add rule bridge {name} {chain} {rule}" for rule in rules)
    yield f'add element bridge {name} sends {{ "{port.device}" : jump {sends} }}'
    yield f'add element bridge {name} gets {{ "{port.device}" : jump {gets} }}'


def _sending(port: PortPlan) -> Iterator[str]:
    """`return` lets pass: the other side of the bridge has its say as well."""
    own = [(port.mac, address) for _, address in port.addresses if "." in address]
    own += [pair for pair in port.pairs if "." in pair[1]]
    macs = ", ".join(sorted({port.mac, *(mac for mac, _ in own)}))
    yield f"ether saddr != {{ {macs} }} drop"
    yield "udp sport 68 udp dport 67 return"
    yield "udp sport 67 drop"
    for mac, address in own:
        yield f"arp saddr ether {mac} arp saddr ip {address} return"
    yield f"arp saddr ether {port.mac} arp saddr ip 0.0.0.0 return"  # a probe for duplicates
    yield "ether type != ip drop"
    for mac in sorted({mac for mac, _ in own}):
        addresses = ", ".join(sorted({address for owner, address in own if owner == mac}))
        yield f"ether saddr {mac} ip saddr != {{ {addresses} }} drop"
    if not own:
        yield "drop"
    yield from _answers(OUT, "return")
    yield from (f"{_match(rule, 'ip daddr')} goto sent" for rule in _rules(port, "egress"))
    yield "drop"


def _getting(port: PortPlan) -> Iterator[str]:
    yield "ether type arp accept"
    yield "udp sport 67 udp dport 68 accept"
    yield "ether type != ip drop"
    yield from _answers(IN, "accept")
    yield from (f"{_match(rule, 'ip saddr')} goto got" for rule in _rules(port, "ingress"))
    yield "drop"


def _answers(device: str, verdict: str) -> Iterator[str]:
    yield f"icmp type {{ destination-unreachable, time-exceeded, parameter-problem }} {verdict}"
    for flows, (rest, _) in FLOWS.items():
        guard = "icmp type echo-reply " if flows == "pings" else ""
        yield f"{guard}{device} . ip saddr . ip daddr . {rest} @{flows} {verdict}"


def _rules(port: PortPlan, direction: str) -> Iterator[RulePlan]:
    for rule in port.rules:
        if (rule.direction, rule.ethertype) == (direction, "IPv4") and rule.remote is not None:
            yield rule


def _match(rule: RulePlan, remote: str) -> str:
    parts = ["ether type ip"]
    prefixes = [prefix for prefix in rule.remote or () if prefix != "0.0.0.0/0"]
    if prefixes:
        parts.append(f"{remote} {{ {', '.join(prefixes)} }}")
    if rule.protocol == ICMP:
        parts += _icmp(rule)
    elif rule.protocol is not None:
        parts.append(f"ip protocol {rule.protocol}")
        if rule.ports:
            parts.append(f"th dport {rule.ports[0]}-{rule.ports[1]}")
    return " ".join(parts)


def _icmp(rule: RulePlan) -> list[str]:
    if not rule.ports:
        return ["ip protocol icmp"]
    kind, code = rule.ports
    return [f"icmp type {kind}"] + ([f"icmp code {code}"] if code >= 0 else [])
