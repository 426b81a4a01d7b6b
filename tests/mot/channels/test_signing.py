"""Signatures against what the makers publish; where they publish code and no result, the code is run beside ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse

import pytest

from mot.channels import signing


@pytest.mark.parametrize("timestamp", ["1577262236757", "1700000000000"])
@pytest.mark.parametrize("secret", ["this is secret", "SEC000密钥"])
def test_dingtalk_signs_as_its_published_code(timestamp, secret):
    """钉钉开放平台《自定义机器人安全设置》, Python 3 example: secret is the key, timestamp and secret the text."""
    secret_enc = secret.encode("utf-8")
    string_to_sign = f"{timestamp}\n{secret}"
    hmac_code = hmac.new(secret_enc, string_to_sign.encode("utf-8"), digestmod=hashlib.sha256).digest()
    published = urllib.parse.quote_plus(base64.b64encode(hmac_code))

    assert signing.dingtalk(secret, int(timestamp)) == published


@pytest.mark.parametrize(("timestamp", "secret"), [(1599360473, "demo"), (1700000000, "密钥")])
def test_feishu_signs_as_its_published_code(timestamp, secret):
    """飞书开放平台《自定义机器人使用指南》, Python example: timestamp and secret are the key, the text is empty."""
    string_to_sign = f"{timestamp}\n{secret}"
    hmac_code = hmac.new(string_to_sign.encode("utf-8"), digestmod=hashlib.sha256).digest()

    assert signing.feishu(secret, timestamp) == base64.b64encode(hmac_code).decode("utf-8")


def test_the_webhook_signs_as_the_published_example():
    """Standard Webhooks and Svix, "Verifying manually": the secret, id, time and payload of their documents."""
    signed = signing.webhook(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_two_robots_do_not_sign_alike():
    assert urllib.parse.unquote_plus(signing.dingtalk("s", 1)) != signing.feishu("s", 1)
