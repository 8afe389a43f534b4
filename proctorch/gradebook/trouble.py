"""What is wrong with a database, in words that say the cure."""

from __future__ import annotations

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, DBAPIError, IntegrityError

from proctorch.errors import StoreUnavailable

# What SQLite says (part of it) → the cause and the cure.
_SQLITE = (
    (
        "locked",
        "another program keeps it locked",
        "close the program that writes to it (formgrader, another grading run, database browser), then run this again",
    ),
    (
        "readonly",
        "it, or its folder, is read-only",
        "give yourself the right to write to the file and its folder (chmod u+w), or name another database in "
        "nbgrader_config.py or PROCTORCH_DB_URL",
    ),
    ("full", "the disk is full", "free some space on that disk, then run this again: what is finished is kept"),
    (
        "not a database",
        "the file is not a database",
        "move it away and restore a backup; without one, a new database is made when you run this again",
    ),
    ("malformed", "the file is damaged", "restore it from a backup, or save what can be read: sqlite3 FILE .recover"),
    (
        "unable to open",
        "it cannot be opened",
        "make its folder, or correct the path in nbgrader_config.py (c.CourseDirectory.db_url) or PROCTORCH_DB_URL",
    ),
    ("disk i/o", "the disk reports an error", "look at the disk's free space and health, then run this again"),
)


def store_trouble(url: str, intent: str, error: BaseException) -> StoreUnavailable:
    """Return the error to raise when the database at `url` does not do what it should.

    `intent` is what was tried: `read`, `write` or `open`. Passwords in the URL are not repeated.
    """
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig is not None else str(error)
    cause, cure = _cause_and_cure(url, said, error)
    return StoreUnavailable(
        f"the results store {shown_url(url)} cannot be {_DONE.get(intent, intent)}: {cause} ({said.strip()})\n"
        f"  To mend it: {cure}.\n"
        "  No mark was changed; what was stored before is kept."
    )


_DONE = {"read": "read", "write": "written", "open": "opened"}


def shown_url(url: str) -> str:
    """Return a SQLite database's file, any other database's URL without its password."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return repr(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        return parsed.database
    return parsed.render_as_string(hide_password=True)


def database_fault(error: BaseException | None) -> DatabaseError | None:
    """Return the fault of the database behind an error, or None; nbgrader raises its own InvalidEntry for them.

    What the database refuses about one row (too long, there already) is no fault of its own.
    """
    while error is not None:
        if isinstance(error, DatabaseError) and not isinstance(error, (IntegrityError, DataError)):
            return error
        error = error.__cause__ or error.__context__
    return None


def _cause_and_cure(url: str, said: str, error: BaseException) -> tuple[str, str]:
    """Return why, and what to do, as far as the database's words tell."""
    if isinstance(error, ImportError):
        return "its driver is not installed", "pip install 'proctorch[postgres]', or the driver that it names"
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError:
        return "this is not a database URL", "write one such as sqlite:////folder/gradebook.db"
    if backend == "sqlite":
        for words, cause, cure in _SQLITE:
            if words in said.lower():
                return cause, cure
    elif isinstance(error, DBAPIError):
        return "the server refuses or does not answer", "see that it runs, and that host, user and database exist"
    return "the database reports an error", "see what it says, then run this again"
