"""Which IP addresses belong to the public internet: a table of our own, the same under every Python.

``ipaddress.is_global`` depends on the patch version of Python: under 3.11.7 the metadata services of two clouds
counted as public. The sources, as of 2026-11:

* IANA IPv4 and IPv6 Special-Purpose Address Registries (iana.org/assignments/iana-ipv4-special-registry,
  …/iana-ipv6-special-registry), all of it: also blocks that they call globally reachable, which host no videos.
* IANA IPv6 Address Space: nothing outside of 2000::/3 is assigned to the public internet.
* Addresses that look public and that clouds assign to their own machines, from their documentation.

k8s/network.yaml refuses the IPv4 part too (checked by tests/deploy).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

SPECIAL_IPV4: Final = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network, RFC 791
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared, RFC 6598; Alibaba's metadata service is 100.100.100.200
        "127.0.0.0/8",  # loopback, RFC 1122
        "168.63.129.16/32",  # Azure's host ("What is IP address 168.63.129.16?")
        "169.254.0.0/16",  # link-local, RFC 3927; the metadata service of most clouds is .169.254
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # IETF protocols, RFC 6890; Oracle's older metadata service is 192.0.0.192
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # AMT, RFC 7450
        "192.88.99.0/24",  # relays of 6to4 (deprecated), RFC 7526, and of 6a44, RFC 6751
        "192.168.0.0/16",  # private, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112; broadcast, RFC 919
    )
)
# Loopback, link-local, fc00::/7 with the metadata services of AWS (fd00:ec2::254), Google (fd20:ce::254),
# Oracle and Scaleway, multicast, IPv4 in its compatible and translated forms, NAT64 for local use
# (64:ff9b:1::/48), discard and the rest are outside of it.
PUBLIC_IPV6: Final = IPv6Network("2000::/3")
SPECIAL_IPV6: Final = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocols, RFC 2928: Teredo, benchmarks, ORCHID, drones …
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: ends at the IPv4 address within
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
)
# The IPv4 address in the last 32 bits is where a packet arrives.
CARRIERS: Final = (
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped, RFC 4291: the kernel speaks IPv4
    IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052: how a network without IPv4 reaches it
)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; a zone (``%eth0``) is ignored.

    Raises:
        ValueError: it is not an IP address.
    """
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return not any(ip in block for block in SPECIAL_IPV4)
    if any(ip in carrier for carrier in CARRIERS):
        return is_public(str(_carried(ip)))
    return ip in PUBLIC_IPV6 and not any(ip in block for block in SPECIAL_IPV6)


def is_ip(host: str) -> bool:
    """Whether a host is an IP address, and no name; a zone (``%eth0``) is ignored."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _carried(ip: IPv6Address) -> IPv4Address:
    return IPv4Address(int(ip) & 0xFFFFFFFF)
