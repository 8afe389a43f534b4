"""A conversation that passed before, held with scripted guests: how often each question is asked, and of whom."""

from __future__ import annotations

import pytest

from proctorch.errors import GuestCrashed
from proctorch.grading.outcome import Outcome, passed
from proctorch.grading.recall import Conversations, End, LostThread, Retold, Spoken, hold, is_moody, places
from proctorch.model import Verdict
from proctorch.sandbox.encoding import encode
from proctorch.sandbox.limits import DEFAULT_LIMITS
from proctorch.sandbox.values import Reference
from proctorch.sandbox.wire import Frame, Kind


class Scripted:
    """The wire to a guest that says one thing after the other; it remembers what was said to it."""

    def __init__(self, *frames: Frame | None) -> None:
        self.frames, self.said, self.begun = list(frames), [], 0

    def begin(self, limits):
        self.begun += 1

    def say(self, kind, payload):
        self.said.append((kind, payload))

    def hear(self):
        frame = self.frames.pop(0)
        if frame is None:
            self.frames.insert(0, None)
            raise GuestCrashed("it is gone")
        return frame

    def fail(self, failure):
        self.frames = [None]


def reply(text: bytes) -> Frame:
    return Frame(Kind.REPLY, 1, text)


def callback(text: bytes) -> Frame:
    return Frame(Kind.CALLBACK, 3, text)


ASK = encode(("call", 1, [2]))
MORE = encode(("call", 1, [3]))
LINE = [Spoken(Kind.REQUEST, ASK, reply(b"four")), Spoken(Kind.REQUEST, MORE, reply(b"six"))]
END = End(passed(), ("call", "call"), "hello")


@pytest.fixture
def known_pass() -> Conversations:
    known = Conversations()
    known.keep("run", "", LINE, END, frozenset({"double"}))
    return known


def no_callback(number, payload):
    raise AssertionError("nothing calls back")


def test_a_guest_that_answers_alike_passes_and_has_heard_every_question(known_pass):
    wire = Scripted(reply(b"four"), reply(b"six"))
    spoken, recalled = hold(known_pass.first("run", ""), wire, {})
    assert wire.said == [(Kind.REQUEST, ASK), (Kind.REQUEST, MORE)]
    assert [event.content for event in recalled.told] == [b"four", b"six"] and recalled.printed == "hello"
    assert len(spoken) == 2


def test_nothing_is_asked_after_an_answer_that_is_new(known_pass):
    wire = Scripted(reply(b"five"))
    spoken, recalled = hold(known_pass.first("run", ""), wire, {})
    assert recalled is None and wire.said == [(Kind.REQUEST, ASK)]
    retold = Retold(wire, spoken)
    assert retold.exchange(ASK, no_callback) == (Kind.REPLY, b"five")
    assert wire.said == [(Kind.REQUEST, ASK)], "the guest hears no question twice"
    wire.frames = [reply(b"seven")]
    assert retold.exchange(MORE, no_callback) == (Kind.REPLY, b"seven")
    assert wire.said == [(Kind.REQUEST, ASK), (Kind.REQUEST, MORE)] and retold.ended()
    assert [one.frame.payload for one in retold.spoken] == [b"five", b"seven"]


def test_the_same_budget_goes_on_where_a_check_takes_over(known_pass):
    wire = Scripted(reply(b"five"))
    spoken, _ = hold(known_pass.first("run", ""), wire, {})
    retold = Retold(wire, spoken)
    retold.begin(DEFAULT_LIMITS)
    assert wire.begun == 0
    Retold(wire, []).begin(DEFAULT_LIMITS)
    assert wire.begun == 1


def test_callbacks_are_answered_as_they_were_and_retold_in_their_place():
    known = Conversations()
    line = [Spoken(Kind.REQUEST, ASK, callback(b"x=1")), Spoken(Kind.ANSWER, b"2", reply(b"done"))]
    known.keep("run", "", line, End(passed(), ("callback", "call"), ""))
    wire = Scripted(callback(b"x=1"), reply(b"done"))
    _, recalled = hold(known.first("run", ""), wire, {})
    assert recalled is not None and wire.said == [(Kind.REQUEST, ASK), (Kind.ANSWER, b"2")]

    wire = Scripted(callback(b"x=1"), callback(b"x=9"), reply(b"done"))
    spoken, recalled = hold(known.first("run", ""), wire, {})
    assert recalled is None
    served = []

    def answer(number, payload):
        served.append(payload)
        return Kind.ANSWER, b"2" if payload == b"x=1" else b"18"

    assert Retold(wire, spoken).exchange(ASK, answer) == (Kind.REPLY, b"done")
    assert served == [b"x=1", b"x=9"]
    assert wire.said == [(Kind.REQUEST, ASK), (Kind.ANSWER, b"2"), (Kind.ANSWER, b"18")]


def test_a_guest_that_ends_on_the_way_ends_for_the_check_too(known_pass):
    wire = Scripted(reply(b"four"), None)
    spoken, recalled = hold(known_pass.first("run", ""), wire, {})
    retold = Retold(wire, spoken)
    assert recalled is None and retold.exchange(ASK, no_callback) == (Kind.REPLY, b"four")
    with pytest.raises(GuestCrashed):
        retold.exchange(MORE, no_callback)
    assert len(wire.said) == 2


def failure(line: int) -> Frame:
    return Frame(Kind.FAILURE, 1, encode({"type": "ValueError", "cell": "cell 4", "line": line}))


def test_a_failure_is_recalled_where_the_submission_has_the_lines_that_it_names():
    known = Conversations()
    outcome = Outcome(Verdict.ERROR, "Your code raised ValueError.", line=7)
    line = [Spoken(Kind.REQUEST, ASK, failure(7))]
    known.keep("run", "", line, End(outcome, ("call",), "", places(line, {"cell 4": 9})))
    for lines, same in (({"cell 4": 20}, True), ({"cell 4": 6}, False), ({"cell 5": 9}, False)):
        spoken, recalled = hold(known.first("run", ""), Scripted(failure(7)), lines)
        assert (recalled is not None) is same
        if recalled is None:
            assert Retold(Scripted(), spoken).exchange(ASK, no_callback)[0] is Kind.FAILURE
        else:
            assert recalled.outcome is outcome


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Verdict.CRASHED), Outcome(Verdict.TIMEOUT), Outcome(Verdict.OUT_OF_MEMORY), Outcome(Verdict.NOT_JUDGED),
        Outcome(Verdict.MISSING), Outcome(Verdict.FAILED, doubt=True),
    ],
)  # fmt: skip
def test_what_may_be_of_this_one_run_is_not_kept(outcome):
    known = Conversations()
    known.keep("run", "", LINE, End(outcome, ("call", "call"), ""))
    assert known.first("run", "") is None


def test_wrong_answers_leave_room_for_right_ones():
    known = Conversations(most_bytes=12_000)
    wrong = End(Outcome(Verdict.FAILED), ("call",), "")
    for number in range(100):
        known.keep(f"wrong {number}", "", [Spoken(Kind.REQUEST, ASK, reply(b"5"))], wrong)
    known.keep("right", "", LINE, END)
    assert known.first("wrong 0", "") is not None and known.first("wrong 99", "") is None
    assert known.first("right", "") is not None


def test_what_was_printed_needs_room_too():
    known = Conversations(most_bytes=12_000)
    known.keep("loud", "", LINE, End(passed(), ("call", "call"), "a" * 9_000))
    known.keep("loud again", "", LINE, End(passed(), ("call", "call"), "a" * 9_000))
    known.keep("right", "", LINE[:1], End(passed(), ("call",), ""))
    assert [known.first(run, "") is not None for run in ("loud", "loud again", "right")] == [True, False, False]


def test_a_conversation_that_goes_on_where_another_one_ended_is_given_up(known_pass):
    known_pass.keep("run", "", LINE[:1], End(Outcome(Verdict.FAILED), ("call",), ""))
    assert known_pass.first("run", "") is None


@pytest.mark.parametrize("asked", [[MORE], [ASK], []], ids=["something else", "less", "nothing"])
def test_a_check_that_strays_is_noticed(known_pass, asked):
    spoken, _ = hold(known_pass.first("run", ""), Scripted(reply(b"four"), reply(b"seven")), {})
    retold = Retold(Scripted(), spoken)
    try:
        for payload in asked:
            retold.exchange(payload, no_callback)
    except LostThread:
        with pytest.raises(LostThread):  # a check that catches everything goes no further
            retold.exchange(ASK, no_callback)
    assert not retold.ended()


def test_what_is_forgotten_and_when_is_no_other_question(known_pass):
    known = Conversations()
    call = ("call", Reference("callable", 1, "double"), [2])
    asked = encode(("after", [("begin", 1, 7), ("drop", [4])], *call))
    known.keep("run", "", [Spoken(Kind.REQUEST, asked, reply(b"four"))], End(passed(), ("call",), ""))
    spoken, _ = hold(known.first("run", ""), Scripted(reply(b"five")), {})
    assert Retold(Scripted(), spoken).exchange(encode(("after", [("begin", 1, 7)], *call)), no_callback)
    with pytest.raises(LostThread):
        Retold(Scripted(), spoken).exchange(encode(("after", [("begin", 1, 8)], *call)), no_callback)


def test_different_answers_branch_and_submissions_with_other_names_are_apart(known_pass):
    known_pass.keep("run", "", [LINE[0], Spoken(Kind.REQUEST, MORE, reply(b"6.0"))], END, frozenset({"helper"}))
    for last in (b"six", b"6.0"):
        assert hold(known_pass.first("run", ""), Scripted(reply(b"four"), reply(last)), {})[1] is not None
    assert known_pass.first("run", "other names") is None
    assert known_pass.asked("run", "") == {"double", "helper"}
    known_pass.keep("run", "", [Spoken(Kind.REQUEST, ASK, reply(b"4.0"))], End(passed(), ("call",), ""), None)
    assert known_pass.asked("run", "") is None, "one way that asks for more than functions is enough"


def test_only_whole_conversations_are_kept_and_not_without_end():
    known = Conversations(most_bytes=4000)
    known.keep("cut", "", LINE, End(passed(), ("call",), ""))  # its transcript was too long to be kept
    known.keep("dead", "", [Spoken(Kind.REQUEST, ASK, None)], End(passed(), ("call",), ""))
    assert known.first("cut", "") is None
    wire = Scripted(reply(b"four"))
    assert known.first("dead", "") is None or hold(known.first("dead", ""), wire, {})[1] is None
    for number in range(100):
        known.keep(f"run {number}", "", LINE, END)
    assert known.first("run 0", "") is not None and known.first("run 99", "") is None


def test_a_check_that_was_given_up_is_never_recalled(known_pass):
    known_pass.give_up("run")
    known_pass.keep("run", "", LINE, END)
    assert known_pass.first("run", "") is None


@pytest.mark.parametrize(
    ("text", "moody"),
    [
        ("import torch\nimport math", False),
        ("def test():\n    from time import perf_counter", True),
        ("import os", True),
    ],
)
def test_checks_that_may_look_at_a_clock_are_not_recalled(tmp_path, text, moody):
    path = tmp_path / "hidden.py"
    path.write_text(text)
    assert is_moody(path) is moody
