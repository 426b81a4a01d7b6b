"""What `confirmed` means (docs/decisions/0012): it names the copy that was read, or it is the house's own rule."""

from __future__ import annotations

import re
from pathlib import Path

from kit.rulebook import HOUSE, load_rulebooks

RULES = [rule for book in load_rulebooks(("clients", "suitability", "mot")) for rule in book]
LISTED = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
KNOWN = set(re.findall(r"^\| ([A-Z0-9-]+) \|", LISTED, re.MULTILINE))
OWN = re.compile(r"(本公司规则|公司用语|公司适当性管理细则|产品合同)")
OPEN = re.compile(r"记忆|待核|待公司确认")
HOW = "name the copies in read_in (docs/sources.md), say 本公司规则, or set confirmed: false"


def test_a_confirmed_rule_says_where_it_was_read():
    silent = [one.id for one in RULES if one.confirmed and not one.read_in and not OWN.match(one.source)]

    assert not silent, HOW


def test_every_copy_is_listed():
    named = {one for rule in RULES for one in rule.read_in}

    assert named <= KNOWN
    assert named


def test_what_was_read_is_confirmed_and_what_is_open_is_not():
    assert not [rule.id for rule in RULES if rule.read_in and not rule.confirmed]
    assert not [rule.id for rule in RULES if rule.confirmed and OPEN.search(rule.source)]


def test_what_a_reader_sees_as_a_source_is_chinese():
    english = [rule.id for book in load_rulebooks(HOUSE) for rule in book if "house rule" in rule.source]

    assert not english, "the firm's own rule says 本公司规则"
