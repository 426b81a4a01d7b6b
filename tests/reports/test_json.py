"""The JSON file keeps the contract, and stored text restores the same report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from diagnosis.conventions import METRIC_IDS
from kit.digest import canonical_json, digest
from reports.build import build_report, report_digest
from reports.jsonfile import to_json
from reports.plain import report_content, report_from_json, report_to_text
from reports.problems import UnreadableReport
from tests.reports import fixtures

DIAGNOSES = {"full": fixtures.full, "mark": fixtures.marked, "empty": fixtures.empty}


@pytest.mark.parametrize("name", DIAGNOSES)
def test_metrics_by_id_each_a_value_or_a_reason(name):
    content = json.loads(to_json(build_report(DIAGNOSES[name]())))

    assert set(content["metrics"]) == set(METRIC_IDS)
    for told in content["metrics"].values():
        assert set(told) in ({"value", "unit", "convention"}, {"withheld"})
    assert content["format"] == "heshi.diagnosis/1"
    assert len(content["sections"]) == 12
    assert content["digest"].startswith("sha256:")


def test_a_metric_keeps_its_raw_value():
    content = json.loads(to_json(build_report(fixtures.full())))

    assert content["metrics"]["twr"]["value"] == 0.0287
    assert content["metrics"]["twr"]["unit"] == "ratio"


def test_the_same_report_gives_the_same_bytes():
    assert to_json(build_report(fixtures.full())) == to_json(build_report(fixtures.full()))


@pytest.mark.parametrize("name", DIAGNOSES)
def test_stored_text_restores_the_report_with_its_digest(name):
    report = build_report(DIAGNOSES[name](), agreements=(fixtures.AGREEMENT,))
    text = report_to_text(report)
    restored = report_from_json(text)

    assert report_to_text(restored) == text
    assert restored.digest == report.digest == report_digest(restored)
    assert restored.summary.verdict == report.summary.verdict
    assert restored.sections == report.sections


def test_a_finding_knows_how_its_target_stands_today():
    told = {finding["id"]: finding for finding in build_report(fixtures.full()).findings}

    assert (told["OVERTRADING"]["target_now"], told["OVERTRADING"]["target_unit"]) == (11.8, "times")
    assert told["GOOD_SELECTION"]["target_now"] is None


@pytest.mark.parametrize("text", ['{"format": "heshi.diagnosis/0"}', "[]", '{"nothing": 1}'])
def test_another_format_is_refused_by_name(text):
    with pytest.raises(UnreadableReport, match=r"heshi\.diagnosis/1"):
        report_from_json(text)


@pytest.mark.parametrize("name", DIAGNOSES)
def test_the_quick_form_is_the_canonical_form_of_the_house(name):
    report = build_report(DIAGNOSES[name](), agreements=(fixtures.AGREEMENT,))
    content = report_content(report)

    assert report_to_text(report) == canonical_json(report)
    assert report.digest == digest(
        {key: content[key] for key in content if key not in ("digest", "register")}
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_figure_that_is_not_finite_never_gets_into_a_report(value):
    diagnosis = fixtures.full()
    broken = {**diagnosis.metrics, "beta": replace(diagnosis.metrics["beta"], value=value)}

    with pytest.raises(ValueError, match="withh"):
        build_report(replace(diagnosis, metrics=broken))
