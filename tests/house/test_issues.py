"""The Issue log itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_bridge.errors import InputRefused, TwinError
from cim_bridge.issues import IssueLog


def test_an_issue_fills_its_texts_and_names_its_place() -> None:
    log = IssueLog()
    issue = log.add("CITY_NOT_FOUND", file=Path("cities/a"), path="cities/a")
    assert "cities/a" in issue.why["zh"]
    assert "cities/a" in issue.why["en"]
    assert issue.to_json()["place"] == {"file": "a"}
    assert log.errors == [issue]


def test_an_unregistered_code_is_our_own_fault() -> None:
    with pytest.raises(TwinError, match="NO_SUCH_CODE"):
        IssueLog().add("NO_SUCH_CODE")


def test_a_text_that_lacks_a_parameter_is_our_own_fault() -> None:
    with pytest.raises(TwinError, match="parameter"):
        IssueLog().add("CITY_NOT_FOUND")


def test_errors_refuse_the_input() -> None:
    log = IssueLog()
    log.raise_if_errors()
    log.add("CITY_CONFIG_INVALID", reason="x")
    with pytest.raises(InputRefused) as caught:
        log.raise_if_errors()
    assert caught.value.log is log
