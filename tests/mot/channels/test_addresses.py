"""Addresses are allowed by name in the operator's file; others are refused with their place; secrets never show."""

from __future__ import annotations

import pytest

from kit.settings import Settings
from mot.channels.addresses import address_book, parse_addresses
from mot.channels.problems import AddressNotAllowed, UnknownAddress
from mot.channels.types import Channel

ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=K"
WECOM = f"{{name: b1, channel: WECOM, url: '{ROBOT}', recipients: ['branch:B1']}}"
MAIL = "{name: m, channel: EMAIL, host: smtp.firm.example, port: 587, security: starttls, sender: a@firm.example, to: b@firm.example, secret: topsecret}"  # noqa: E501


def test_a_good_file():
    hook = "{name: h, channel: WEBHOOK, url: 'http://10.0.0.5:8080/x', secret: s, recipients: ['branch:B1']}"
    book = parse_addresses(f"- {WECOM}\n- {MAIL}\n- {hook}", "http://10.0.0.5:8080")

    assert [one.name for one in book] == ["b1", "m", "h"]
    assert book.routes("branch:B1", "staff:S9") == ((Channel.WECOM, "b1"), (Channel.WEBHOOK, "h"))
    assert "topsecret" not in repr(book.named(Channel.EMAIL, "m"))
    assert "key=K" not in repr(book.named(Channel.WECOM, "b1"))


BAD = [  # the file, hosts allowed beside, what the refusal names
    ("- {name: x, channel: WECOM, url: 'https://evil.example/send'}", "", "主机不在允许之列"),
    ("- {name: x, channel: WECOM, url: 'http://qyapi.weixin.qq.com/send'}", "", "不是 https"),
    ("- {name: x, channel: WECOM, url: 'https://qyapi.weixin.qq.com.evil.example/send'}", "", "主机不在允许之列"),
    ("- {name: x, channel: FEISHU, url: 'https://u:p@open.feishu.cn/x'}", "", "不能带用户名"),
    ("- {name: x, channel: WEBHOOK, url: 'http://10.0.0.5:80801/x', secret: s}", "http://10.0.0.5:8080", "主机不在"),
    ("- {name: x, channel: WEBHOOK, url: 'http://10.0.0.5:8080/x'}", "http://10.0.0.5:8080", "须有 secret"),
    ("- {name: x, channel: WEBHOOK, url: 'http://10.0.0.5:8080/x', secret: whsec_x}", "http://10.0.0.5:8080", "Base64"),
    ("- {name: x, channel: WEBHOOK, url: 'http://10.0.0.5:8080/x', secret: whsec_}", "http://10.0.0.5:8080", "Base64"),
    ("- {name: x, channel: INBOX}", "", "channel 须是"), ("- {channel: WECOM}", "", "name"),
    ("- {name: x, channel: EMAIL, host: h, port: 25, security: none, sender: a@b}", "", "缺 to"),
    ("- " + MAIL.replace("b@firm.example", "'b@firm.example,c@d'"), "", "不是一个邮箱地址"),
    (f"- {WECOM}\n- {WECOM}", "", "重复"), ("name: x", "", "列表"), ("- [", "", "YAML"),
    ("- {name: x, channel: WECOM, url: 'https://qyapi.weixin.qq.com/', colour: red}", "", "不认识 colour"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "hosts", "named"), BAD, ids=[one[2] for one in BAD])
def test_what_is_refused(text, hosts, named):
    with pytest.raises(AddressNotAllowed) as refused:
        parse_addresses(text, hosts)

    assert named in refused.value.detail
    assert "topsecret" not in refused.value.detail


def test_a_name_of_another_channel_is_unknown():
    with pytest.raises(UnknownAddress):
        parse_addresses(f"- {WECOM}").named(Channel.DINGTALK, "b1")


def test_the_file_of_the_settings(tmp_path):
    assert list(address_book(Settings())) == []
    path = tmp_path / "channels.yaml"
    path.write_text(f"- {WECOM}", encoding="utf-8")
    assert [one.name for one in address_book(Settings(channels_file=path))] == ["b1"]
    with pytest.raises(AddressNotAllowed, match="不能读取"):
        address_book(Settings(channels_file=tmp_path / "none.yaml"))
