"""The table of special addresses, against what it must say whatever Python says."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from movietag.crawl.addresses import SPECIAL_IPV4, SPECIAL_IPV6, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "142.250.1.1", "1.0.0.1", "100.63.255.255", "100.128.0.0", "168.63.129.15"),
        *("168.63.129.17", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.1"),
        *("198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "2001:200::1"),
        *("::ffff:8.8.8.8", "64:ff9b::808:808"),
    ],
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
        *("192.168.1.1", "100.64.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
        *("255.255.255.255", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7"),
        *(
            "203.0.113.7",
            "192.88.99.1",
            "192.0.0.9",
            "192.31.196.1",
            "192.52.193.1",
            "192.175.48.1",
        ),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fec0::1", "fd00::1", "ff02::1", "100::1"),
        *("3fff::1", "5f00::1", "2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1"),
        *("2620:4f:8000::1", "64:ff9b:1::7f00:1", "64:ff9b:1::808:808", "4000::1"),
        # IPv4 within
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::127.0.0.1"),
        *("::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::a83f:8110"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "2001:0:808:808::f7f7:f7f7"),
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # AWS, Azure, Google, Oracle, DigitalOcean, OpenStack …
        "169.254.170.2",  # AWS, credentials of containers
        "fd00:ec2::254",  # AWS
        "168.63.129.16",  # Azure
        "192.0.0.192",  # Oracle
        "fd00:c1::a9fe:a9fe",  # Oracle
        "100.100.100.200",  # Alibaba
        "fd20:ce::254",  # Google
        "fd00:42::42",  # Scaleway
    ],
)
def test_no_metadata_service_of_a_cloud_is_public(address: str) -> None:
    assert not is_public(address)
    if "." in address:
        number = int(ipaddress.IPv4Address(address))
        assert not is_public(f"::ffff:{address}")
        assert not is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | number)))


@given(st.ip_addresses())
def test_nothing_that_this_python_calls_private_is_public(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    carried = getattr(ip, "ipv4_mapped", None)
    assert not (ip.is_private and carried is None and is_public(str(ip)))


@pytest.mark.parametrize("block", [*SPECIAL_IPV4, *SPECIAL_IPV6], ids=str)
def test_a_block_is_special_from_its_first_to_its_last_address(
    block: IPv4Network | IPv6Network,
) -> None:
    assert not is_public(str(block[0]))
    assert not is_public(str(block[-1]))


@pytest.mark.parametrize(
    "text", ["", "localhost", "127.1", "2130706433", "0x7f000001", "010.0.0.1"]
)
def test_what_is_no_address_is_an_error(text: str) -> None:
    """The guard resolves these first; the system makes numbers of them."""
    with pytest.raises(ValueError, match="does not appear to be"):
        is_public(text)
