"""The tables of the results store, all named `proctorch_...` because they stand beside nbgrader's own.

A report is one judgement of one submission; its exercises and checks hang on it. Rows are only ever added. Points are
kept twice: as an exact fraction (`"8/3"`) and as a float for whoever reads the database with other tools.

What decided each exercise stands in a table of its own, BASIS, and not in columns of EXERCISE: a database that an
earlier version made needs nothing altered, only the missing table, and that version can still write to it.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

# SQLite gives numbers by itself only to a column that is an INTEGER PRIMARY KEY.
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

REPORT = Table(
    "proctorch_report",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("student", Text, nullable=False),
    Column("day", String(128), nullable=False),
    Column("key", String(64), nullable=False),
    Column("created", DateTime, nullable=False, doc="UTC"),
    Column("judged", Boolean, nullable=False),
    Column("points", Text, doc="NULL where there is no mark"),
    Column("points_float", Float),
    Column("max", Text, nullable=False),
    Column("max_float", Float, nullable=False),
    Column("problem_verdict", String(32)),
    Column("problem_message", Text),
    Column("notes", JSON, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("engine", Text, nullable=False),
    Column("python", Text, nullable=False),
    Column("torch", Text, nullable=False),
    Column("numpy", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("cpu_capability", Text, nullable=False),
    Column("threads", Integer, nullable=False),
    Column("device", Text, nullable=False),
    Column("sandbox", Text, nullable=False, doc="the level, then the measures that held: `full: namespaces, seccomp`"),
    Column("secret", Text, nullable=False, doc="a fingerprint, never the secret"),
    Column("submission", Text, nullable=False, doc="hash of what was handed in"),
    Column("graders", JSON, nullable=False, doc="hash of the checks of each exercise"),
    Column("graded_at", Text, nullable=False),
    Index("proctorch_report_of_student", "day", "student", "key"),
)

EXERCISE = Table(
    "proctorch_exercise",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("report_id", _NUMBER, ForeignKey("proctorch_report.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("exercise", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("judged", Boolean, nullable=False),
    Column("points", Text, doc="NULL where there is no mark"),
    Column("points_float", Float),
    Column("max", Text, nullable=False),
    Column("max_float", Float, nullable=False),
)

CHECK = Table(
    "proctorch_check",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("report_id", _NUMBER, ForeignKey("proctorch_report.id"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("check", Text, nullable=False),
    Column("exercise", Text, nullable=False),
    Column("public", Boolean, nullable=False),
    Column("claim", Text, nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("points", Text, nullable=False),
    Column("points_float", Float, nullable=False),
    Column("max", Text, nullable=False),
    Column("max_float", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("rung", Text),
    Column("exception", Text),
    Column("line", Integer),
    Column("hint", Text),
    Column("misconception", Text),
    Column("behaviour", String(16)),
    Column("output", Text, nullable=False),
    Column("seconds", Float, nullable=False),
)

BASIS = Table(
    "proctorch_basis",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("report_id", _NUMBER, ForeignKey("proctorch_report.id"), nullable=False, index=True),
    Column("exercise", Text, nullable=False),
    Column(
        "key", String(64), nullable=False, index=True, doc="hash of name and `facts`; only judged exercises have one"
    ),
    Column("facts", JSON, nullable=False, doc="what decided the result, by name"),
    Column("graded_at", Text, nullable=False),
    Column("judged_in", _NUMBER, doc="the report in which it was run, if another: kept, or of the same code"),
    Column("notes", JSON, nullable=False, doc="what the engine noted about the submission's cells in that run"),
)
