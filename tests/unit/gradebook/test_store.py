from __future__ import annotations

import dataclasses
import os
import shutil
import sqlite3
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import event, text

from proctorch.errors import StoreUnavailable
from proctorch.gradebook.records import Basis, Entry
from proctorch.gradebook.store import ResultsStore, proposed
from proctorch.model import Problem, Verdict

DAY = "day07_softmax"


@pytest.fixture
def url(tmp_path):
    path = tmp_path / "gradebook.db"
    with sqlite3.connect(path) as connection:  # nbgrader was here before: its own beginning is another test's
        connection.execute("CREATE TABLE student (id TEXT)")
    return f"sqlite:///{path}"


def save_many(url: str, reports: list, key: str) -> None:
    with ResultsStore(url) as store:
        for report in reports:
            store.save(report, key)


def test_a_report_comes_back_as_it_was_saved(url, report, check):
    failed = check(
        "hidden",
        public=False,
        verdict=Verdict.ERROR,
        points=Fraction(0),
        message="It raised.",
        detail="ValueError: 3.14",
        rung="claim",
        exception="ValueError",
        line=7,
        hint="Look at dim.",
        output="printed",
    )
    saved = report("ada", check(), failed, problem=Problem(Verdict.UNREADABLE, "mend it"), notes=("a note",))
    store = ResultsStore(url)
    store.save(saved, "k" * 64)
    assert store.latest("ada", DAY) == saved
    assert store.find("ada", DAY, "k" * 64) == saved
    assert store.reports(DAY) == (saved,)


def test_points_are_kept_exactly_and_as_floats(url, report):
    ResultsStore(url).save(report(), "k")
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT points, points_float, max FROM proctorch_check").fetchall() == [
            ("4/3", 4 / 3, "4/3")
        ]
        assert connection.execute("SELECT points, judged, sandbox, submission FROM proctorch_report").fetchall() == [
            ("4/3", 1, "full: namespaces, seccomp, landlock 7", "5" * 64)
        ]


def test_the_latest_counts_and_nothing_is_deleted(url, report, check):
    store = ResultsStore(url)
    first, second = report(), report("ada", check(points=Fraction(0), verdict=Verdict.FAILED))
    store.save(first, "old")
    store.save(second, "new")
    assert store.latest("ada", DAY) == second
    assert store.find("ada", DAY, "old") == first
    assert store.history("ada", DAY) == (first, second)


def test_unjudged_reports_carry_no_mark(url, report, check):
    store = ResultsStore(url)
    judged, unjudged = report(), report("ada", check(verdict=Verdict.NOT_JUDGED, points=Fraction(0)))
    store.save(judged, "k")
    store.save(unjudged, "k")
    assert store.latest("ada", DAY) == unjudged
    assert store.latest("ada", DAY, judged=True) == judged
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        rows = connection.execute("SELECT points, points_float, judged FROM proctorch_report ORDER BY id").fetchall()
    assert rows == [("4/3", 4 / 3, 1), (None, None, 0)]


def test_students_and_days_are_kept_apart(url, report):
    store = ResultsStore(url)
    for student in ("zoe", "ada", "Ünï cödé", "../up", "a'; DROP TABLE student; --"):
        store.save(report(student), "k")
    store.save(report("ada", day="day08_other"), "k")
    assert [each.student for each in store.reports(DAY)] == sorted(
        ["zoe", "ada", "Ünï cödé", "../up", "a'; DROP TABLE student; --"]
    )
    assert store.latest("nobody", DAY) is None
    assert store.find("ada", DAY, "other") is None


def test_odd_text_is_kept_readable(url, report, check):
    odd = check(output="nul \x00 and surrogate \udc80", message="ß∂ 😀", seconds=float("nan"))
    store = ResultsStore(url)
    store.save(report("na\udc80me", odd), "k")
    back = store.latest("na\udc80me", DAY)
    assert back is not None
    assert back.exercises[0].checks[0].output == "nul \\x00 and surrogate \\udc80"
    assert back.exercises[0].checks[0].message == "ß∂ 😀"


def test_reading_makes_nothing(tmp_path):
    path = tmp_path / "none.db"
    store = ResultsStore(f"sqlite:///{path}")
    assert store.latest("ada", DAY) is None
    assert store.reports(DAY) == ()
    assert not path.exists() or path.stat().st_size == 0


def test_several_processes_write_at_once(url, report):
    jobs = [[report(f"student{number}-{turn}") for turn in range(10)] for number in range(4)]
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        for future in [pool.submit(_save_in_process, url, job) for job in jobs]:
            future.result(60)
    assert len(ResultsStore(url).reports(DAY)) == 40


def _save_in_process(url, reports):
    save_many(url, reports, "k")


def test_a_locked_database_says_so_and_recovers(url, report):
    path = url.removeprefix("sqlite:///")
    store = ResultsStore(url, timeout=0.05)
    store.save(report(), "k")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked") as caught:
        store.save(report("ben"), "k")
    assert path in str(caught.value)
    assert "To mend it" in str(caught.value)
    other.execute("ROLLBACK")
    store.save(report("ben"), "k")
    assert len(store.reports(DAY)) == 2


def test_a_read_only_database_can_be_read(url, report):
    ResultsStore(url).save(report(), "k")
    path = url.removeprefix("sqlite:///")
    store = ResultsStore(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert store.latest("ada", DAY) is not None
    with pytest.raises(StoreUnavailable, match="read-only"):
        store.save(report("ben"), "k")
    assert [each.student for each in store.reports(DAY)] == ["ada"]


def test_a_full_disk_loses_nothing(url, report, check):
    store = ResultsStore(url)
    store.save(report(), "k")

    @event.listens_for(store.engine, "connect")
    def _fill_the_disk(connection, _):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(StoreUnavailable, match="disk is full"):
        store.save(report("ben", check(output="x" * 1_000_000)), "k")
    assert [each.student for each in ResultsStore(url).reports(DAY)] == ["ada"]


def test_a_file_that_is_no_database_says_so(tmp_path, report):
    path = tmp_path / "gradebook.db"
    path.write_text("this is a letter to my aunt, and it is long enough to be looked at" * 20)
    with pytest.raises(StoreUnavailable, match="not a database"):
        ResultsStore(f"sqlite:///{path}").save(report(), "k")
    assert path.read_text().startswith("this is a letter")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database URL"),
        ("sqlite:////no/such/folder/at/all.db", "cannot be opened"),
        ("oracle+nothing://x/y", "cannot be opened"),
    ],
)
def test_wrong_urls_say_so(url, words, report):
    with pytest.raises(StoreUnavailable, match=words):
        ResultsStore(url).save(report(), "k")


def test_passwords_are_not_repeated(report):
    url = "postgresql+psycopg://ada:sesame@127.0.0.1:1/none?connect_timeout=1"
    with pytest.raises(StoreUnavailable) as caught:
        ResultsStore(url).save(report(), "k")
    assert "sesame" not in str(caught.value)


def test_a_report_is_saved_whole_or_not_at_all(url, report, check):
    store = ResultsStore(url)
    store.save(report(), "k")
    broken = dataclasses.replace(check("second"), claim=None)
    with pytest.raises((StoreUnavailable, AttributeError)):
        store.save(report("ben", check(), broken), "k")
    refuse = "BEGIN SELECT RAISE(FAIL, 'no'); END"
    with store.engine.begin() as connection:
        connection.execute(text(f"CREATE TRIGGER stop BEFORE INSERT ON proctorch_check {refuse}"))
    with pytest.raises(StoreUnavailable, match="no"):
        store.save(report("cleo"), "k")
    assert [each.student for each in store.reports(DAY)] == ["ada"]


def test_reports_are_saved_together_or_not_at_all(url, report):
    store = ResultsStore(url)
    numbers = store.save_all([Entry(report("ada"), "a"), Entry(report("ben"), "b")])
    assert {name: each.number for name, each in store.newest(DAY, ["ada", "ben", "eve"]).items()} == {
        "ada": numbers[0],
        "ben": numbers[1],
    }
    with store.engine.begin() as connection:
        condition = "WHEN new.student = 'eve'"
        connection.execute(
            text(
                f"CREATE TRIGGER stop BEFORE INSERT ON proctorch_report {condition} BEGIN SELECT RAISE(FAIL, 'no'); END"
            )
        )
    with pytest.raises(StoreUnavailable, match="no"):
        store.save_all([Entry(report("dan"), "d"), Entry(report("eve"), "e")])
    assert [each.student for each in store.reports(DAY)] == ["ada", "ben"]


def test_a_whole_class_is_asked_for_in_few_queries(url, report):
    store = ResultsStore(url)
    names = [f"student {number}" for number in range(1200)]
    basis = {name: {"softmax": Basis(f"key of {name}", {"checks": "c"}, "now")} for name in names}
    store.save_all([Entry(report(name), f"whole {name}", basis[name]) for name in names])
    queries = []
    event.listen(store.engine, "before_cursor_execute", lambda *seen: queries.append(seen[2]))
    assert len(store.newest(DAY, names)) == 1200
    assert len(store.parts({f"key of {name}" for name in names})) == 1200
    asked = [query for query in queries if query.startswith("SELECT proctorch")]
    assert len(asked) <= 20


@pytest.fixture
def released(tmp_path):
    """A store as the first version wrote it: reports of ada and ben, and nothing about what decided exercises."""
    path = tmp_path / "gradebook.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((Path(__file__).parent / "released_layout.sql").read_text())
    return f"sqlite:///{path}"


def test_a_store_of_an_earlier_version_is_read_and_not_touched(released):
    path = Path(released.removeprefix("sqlite:///"))
    before = path.read_bytes()
    store = ResultsStore(released)
    assert [(each.student, each.points) for each in store.reports(DAY)] == [("ada", Fraction(4, 3)), ("ben", 0)]
    assert store.latest("ada", DAY).provenance.kept_from == {}
    assert store.newest(DAY, ["ada"])["ada"].key == "k" * 64
    assert store.parts({"k" * 64}) == {}
    assert store.bases([1]) == {}
    assert store.expected_seconds(DAY) == {"ada": 0.5, "ben": 0.5}
    assert path.read_bytes() == before


def test_a_store_of_an_earlier_version_goes_on(released, report):
    store = ResultsStore(released)
    basis = Basis("key", {"checks": "6" * 64}, "now", notes=("a note",))
    store.save(report("ada"), "new", {"softmax": basis})
    assert store.parts({"key"})["key"].basis == dataclasses.replace(basis, judged_in=3)
    assert [each.student for each in store.reports(DAY)] == ["ada", "ben"]
    assert len(store.history("ada", DAY)) == 2
    assert store.apply(DAY, ["ada"]) == ()
    with sqlite3.connect(released.removeprefix("sqlite:///")) as connection:
        assert connection.execute("SELECT count(*) FROM proctorch_report").fetchone() == (3,)


def test_nbgrader_begins_an_empty_database(tmp_path, report):
    path = tmp_path / "gradebook.db"
    ResultsStore(f"sqlite:///{path}").save(report(), "k")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall()
        assert connection.execute("SELECT count(*) FROM assignment").fetchone() == (0,)


def _postgres_binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    which = shutil.which("initdb")
    return found[-1].parent if found else Path(which).parent if which else None


@pytest.fixture
def postgres(tmp_path_factory):
    """A PostgreSQL server of this test's own, on a socket in its own folder."""
    pytest.importorskip("psycopg", reason="psycopg is missing: pip install 'proctorch[postgres]'")
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: apt-get install postgresql")
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/pgXXXXXX"], text=True).strip())
    who = {}
    if os.getuid() == 0:  # the server refuses to run as root
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        shutil.chown(folder, "nobody", "nogroup")
    run = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, **who}
    data = folder / "data"
    subprocess.run([binaries / "initdb", "-D", data, "-A", "trust", "-U", "ada", "-E", "UTF8"], check=True, **run)
    control = [binaries / "pg_ctl", "-D", data, "-w"]
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    subprocess.run([*control, "-o", settings, "-l", folder / "log", "start"], check=True, **run)
    try:
        yield f"postgresql+psycopg://ada@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **run)
        shutil.rmtree(folder)


def test_postgresql(postgres, report, check):
    with ResultsStore(postgres) as store:
        assert store.latest("ada", DAY) is None
        first = report("ada", check(output="nul \x00"))
        store.save(first, "k")
        jobs = [[report(f"student{number}-{turn}") for turn in range(5)] for number in range(3)]
        with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
            for future in [pool.submit(_save_in_process, postgres, job) for job in jobs]:
                future.result(60)
        assert len(store.reports(DAY)) == 16
        assert store.find("ada", DAY, "k").exercises[0].checks[0].points == Fraction(4, 3)
        with store.engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE proctorch_basis"))  # as an earlier version left it
        assert store.parts({"key"}) == {}
    with ResultsStore(postgres) as store:
        basis = Basis("key", {"checks": "c"}, "now")
        numbers = store.save_all([Entry(report(f"late {number}"), "k", {"softmax": basis}) for number in range(600)])
        assert numbers == sorted(numbers)
        assert store.parts({"key"})["key"].basis.judged_in == numbers[-1]
        store.save(dataclasses.replace(report("ada"), day=proposed(DAY)), "new")
        assert store.latest("ada", DAY) == store.find("ada", DAY, "k")
        assert store.apply(DAY, ["ada", "late 1"]) == ("ada",)
        assert store.latest("ada", DAY) == report("ada")
        assert len(store.newest(DAY, [f"late {number}" for number in range(600)])) == 600
    assert sys.modules["psycopg"]
