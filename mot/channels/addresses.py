"""允许的地址: read from the operator's file (HESHI_CHANNELS_FILE), never from the database; others are refused.

A file is a list of entries: name, channel, url, secret, recipients; for mail host, port, security, user, sender, to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from kit.clock import today
from kit.settings import Settings, settings
from mot.channels.problems import AddressNotAllowed, UnknownAddress
from mot.channels.signing import webhook_key
from mot.channels.specs import spec_on
from mot.channels.types import Address, Channel

_OPTIONS: Final = {
    Channel.EMAIL: ("host", "port", "security", "sender", "to"),
    Channel.OUTBOX: ("path",),
}
_HTTP: Final = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU, Channel.WEBHOOK)
_MORE: Final = frozenset({"name", "channel", "url", "secret", "recipients", "user"})
SECURITY: Final = ("none", "starttls", "tls")


class AddressBook:
    """Addresses by name. A recipient is an opaque id: `staff:S001`, `branch:B1`, `client:C0001`."""

    def __init__(self, addresses: Sequence[Address] = ()) -> None:
        self._by_name = {one.name: one for one in addresses}

    def __iter__(self) -> Iterator[Address]:
        return iter(self._by_name.values())

    def named(self, channel: Channel, name: str) -> Address:
        """Raises UnknownAddress for a name that is not allowed, or is of another channel."""
        found = self._by_name.get(name)
        if found is None or found.channel is not channel:
            raise UnknownAddress(
                f"没有名为“{name}”的{channel.label}地址；允许的地址写在 HESHI_CHANNELS_FILE 所指的文件里"
            )
        return found

    def routes(self, *recipients: str) -> tuple[tuple[Channel, str], ...]:
        """Channel and address name of every address that serves one of these recipients, in the file's order."""
        wanted = set(recipients)
        return tuple((one.channel, one.name) for one in self if wanted & set(one.recipients))


def parse_addresses(text: str, hosts: str = "", place: str = "渠道文件") -> AddressBook:
    """The book of a YAML text. hosts: allowed beside the makers' own, comma between; `http://host:port` without TLS.

    Raises AddressNotAllowed that names the entry and the fault, and never shows a secret.
    """
    try:
        raw = yaml.safe_load(text) or []
    except yaml.YAMLError:
        raise AddressNotAllowed(f"{place} 不是有效的 YAML") from None
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise AddressNotAllowed(f"{place} 应为地址的列表")
    allowed = frozenset(one.strip() for one in hosts.split(",") if one.strip())
    found = [_entry(one, allowed, f"{place} 第 {place_no} 项") for place_no, one in enumerate(raw, 1)]
    names = [one.name for one in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AddressNotAllowed(f"{place} 中名称重复：{'、'.join(twice)}")
    return AddressBook(found)


def _entry(raw: Mapping[str, Any], allowed: frozenset[str], place: str) -> Address:
    name, code = str(raw.get("name", "")), str(raw.get("channel", ""))
    if not name or len(name) > 64:
        raise AddressNotAllowed(f"{place} 须有不超过 64 个字符的 name")
    if code not in list(Channel) or code == Channel.INBOX:
        known = "、".join(one.value for one in Channel if one is not Channel.INBOX)
        raise AddressNotAllowed(f"{place}（{name}）的 channel 须是 {known} 之一")
    channel = Channel(code)
    needed = _OPTIONS.get(channel, ())
    unknown = set(raw) - _MORE - set(needed)
    missing = [one for one in needed if not raw.get(one)]
    if unknown or missing:
        told = "、".join([*(f"缺 {one}" for one in missing), *(f"不认识 {one}" for one in sorted(unknown))])
        raise AddressNotAllowed(f"{place}（{name}）：{told}")
    address = Address(
        name=name, channel=channel, url=str(raw.get("url", "")), secret=str(raw.get("secret", "")),
        recipients=tuple(map(str, raw.get("recipients", ()))),
        options={one: str(raw[one]) for one in (*needed, "user") if raw.get(one)},
    )  # fmt: skip
    _check(address, allowed, f"{place}（{name}）")
    return address


def _check(address: Address, allowed: frozenset[str], place: str) -> None:
    if address.channel in _HTTP:
        target = urlsplit(address.url)
        known = allowed | set(spec_on(address.channel, today()).hosts)
        plain = f"{target.scheme}://{target.netloc}" in allowed
        if not plain and (target.scheme != "https" or target.hostname not in known):
            raise AddressNotAllowed(
                f"{place} 的主机不在允许之列，或不是 https；允许的主机见渠道规则与 HESHI_CHANNEL_HOSTS"
            )
        if target.username or target.password:
            raise AddressNotAllowed(f"{place} 的 url 里不能带用户名或口令")
    if address.channel is Channel.WEBHOOK and not address.secret:
        raise AddressNotAllowed(f"{place} 须有 secret：签名回调不能没有签名")
    if address.channel is Channel.WEBHOOK:
        try:
            webhook_key(address.secret)
        except ValueError:
            raise AddressNotAllowed(f"{place} 的 secret 以 whsec_ 开头，其后须是 Base64") from None
    if address.channel is Channel.EMAIL:
        _check_mail(address, place)


def _check_mail(address: Address, place: str) -> None:
    if address.options["security"] not in SECURITY or not address.options["port"].isdigit():
        raise AddressNotAllowed(f"{place} 的 security 须是 {'、'.join(SECURITY)} 之一，port 须是数字")
    for name in ("sender", "to"):
        mailbox = address.options[name]
        if mailbox.count("@") != 1 or any(one in mailbox for one in " <>\r\n\t,;") or not mailbox.isascii():
            raise AddressNotAllowed(f"{place} 的 {name} 不是一个邮箱地址")


def address_book(given: Settings | None = None) -> AddressBook:
    """The book of this process's settings; empty without a file. Raises AddressNotAllowed."""
    known = given or settings()
    if known.channels_file is None:
        return AddressBook()
    return _read(known.channels_file, known.channel_hosts)


@lru_cache(maxsize=4)
def _read(path: Path, hosts: str) -> AddressBook:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise AddressNotAllowed(f"不能读取渠道文件 {path}") from None
    return parse_addresses(text, hosts, str(path))
