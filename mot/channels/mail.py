"""邮件 by SMTP, step by step: until the last dot nothing was sent, behind it only the answer tells."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Final

from mot.channels.specs import ChannelSpec
from mot.channels.types import Address, Answer, Letter, Verdict
from mot.channels.words import cut

_DOT: Final = re.compile(rb"(?m)^\.")
GO_AHEAD: Final = 354
DONE: Final = 250
REFUSING: Final = 500
"""From this code on no repetition heals (RFC 5321, 4.2.1)."""
_WORDS: Final[Mapping[type[Exception], str]] = {
    TimeoutError: "等回答超时", ConnectionRefusedError: "连接被拒绝", ConnectionError: "连接中断",
    socket.gaierror: "找不到主机", ssl.SSLError: "加密连接没有谈成", smtplib.SMTPServerDisconnected: "对方断开了连接",
    smtplib.SMTPConnectError: "对方现在不接受连接", smtplib.SMTPNotSupportedError: "对方不支持加密或登录",
}  # fmt: skip


def message_of(letter: Letter, address: Address, spec: ChannelSpec) -> EmailMessage:
    """The letter as a mail; its Message-ID is the same each time."""
    sender = address.options["sender"]
    made = EmailMessage(policy=SMTP_POLICY)
    made["Subject"] = letter.title
    made["From"] = Mailbox(addr_spec=sender)
    made["To"] = Mailbox(addr_spec=address.options["to"])
    made["Date"] = letter.at
    made["Message-ID"] = f"<{letter.message_id}@{sender.partition('@')[2]}>"
    text = "\n\n".join(one for one in (letter.body, letter.link) if one)
    made.set_content(cut(text, spec.most_bytes) if spec.most_bytes else text)
    return made


class MailSender:
    """One connection a mail. address.options: host, port, security (none, starttls, tls), user, sender, to."""

    def __init__(self, spec: ChannelSpec) -> None:
        self._spec = spec

    def send(self, letter: Letter, address: Address) -> Answer:
        try:
            server = self._open(address)
        except smtplib.SMTPAuthenticationError as fault:
            return Answer(Verdict.REFUSED, f"邮件服务器拒绝登录（{fault.smtp_code}）")
        except (OSError, smtplib.SMTPException) as fault:
            return Answer(Verdict.FAILED, f"没有连上邮件服务器（{_said(fault)}）")
        try:
            return self._deliver(server, letter, address)
        finally:
            server.close()

    def _open(self, address: Address) -> smtplib.SMTP:
        host, port, security = address.options["host"], int(address.options["port"]), address.options["security"]
        kind = smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP
        server = kind(host, port, timeout=self._spec.timeout)
        try:
            server.ehlo_or_helo_if_needed()
            if security == "starttls":
                server.starttls()
            if address.options.get("user"):
                server.login(address.options["user"], address.secret)
        except BaseException:
            server.close()
            raise
        return server

    def _deliver(self, server: smtplib.SMTP, letter: Letter, address: Address) -> Answer:
        content = _DOT.sub(b"..", bytes(message_of(letter, address, self._spec))) + b".\r\n"
        steps = (
            f"MAIL FROM:<{address.options['sender']}>", f"RCPT TO:<{address.options['to']}>", "DATA",
        )  # fmt: skip
        try:
            for step in steps:
                code, _ = server.docmd(step)
                if code != (GO_AHEAD if step == "DATA" else DONE):
                    return _by_code(code)
        except (OSError, smtplib.SMTPException) as fault:
            return Answer(Verdict.FAILED, f"邮件服务器中断（{_said(fault)}）")
        try:
            server.send(content)
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            return Answer(Verdict.UNCERTAIN, f"邮件已发出，没有得到回答（{_said(fault)}）")
        return _by_code(code)


def _by_code(code: int) -> Answer:
    if code == DONE:
        return Answer(Verdict.SENT, "邮件服务器已收下（SMTP 250）")
    if code >= REFUSING:
        return Answer(Verdict.REFUSED, f"邮件服务器不接受这个收件人或内容（SMTP {code}）")
    return Answer(Verdict.FAILED, f"邮件服务器请稍后再试（SMTP {code}）")


def _said(fault: Exception) -> str:
    """The kind of fault in words; its class where there are none."""
    told = fault.__context__ if isinstance(fault.__context__, TimeoutError) else fault  # smtplib calls it a hang-up
    return next((words for kind, words in _WORDS.items() if isinstance(told, kind)), type(told).__name__)
