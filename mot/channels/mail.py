"""邮件 by SMTP, step by step: until the last dot nothing was sent, behind it only the answer tells."""

from __future__ import annotations

import re
import smtplib
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
            return Answer(Verdict.FAILED, f"没有连上邮件服务器（{type(fault).__name__}）")
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
            return Answer(Verdict.FAILED, f"邮件服务器中断（{type(fault).__name__}）")
        try:
            server.send(content)
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            return Answer(Verdict.UNCERTAIN, f"邮件已发出，没有得到回答（{type(fault).__name__}）")
        return _by_code(code)


def _by_code(code: int) -> Answer:
    if code == DONE:
        return Answer(Verdict.SENT, "SMTP 250")
    return Answer(Verdict.REFUSED if code >= 500 else Verdict.FAILED, f"SMTP {code}")
