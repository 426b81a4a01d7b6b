"""What is timed is a verdict on a whole trail: one changed letter of one entry is found."""

from sqlalchemy import text

from benchmarks.trail import checked, fill
from kit.db import engine


def test_the_filled_trail_is_whole_until_one_letter_is_changed(database_url, monkeypatch):
    monkeypatch.setattr("benchmarks.trail.BLOCK", 7)
    fill(database_url, 20)
    whole = checked(database_url)
    with engine(database_url).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE trail DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER trail_no_update"))
        connection.execute(text("UPDATE trail SET purpose = '客户调岗交按' WHERE id = 13"))

    assert (whole.whole, whole.sealed, whole.waiting) == (True, 20, 0)
    assert [place.trail_id for place in checked(database_url).places] == [13]
