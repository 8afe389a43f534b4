"""Day 12 examined."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proctorch.engines.local import LocalEngine
from proctorch.model import Cell, Verdict
from tests.content.days import Day
from tests.content.examination import Examination

DENSE = """
def conv2d(images, weight, bias, stride=1, padding=0, dilation=1):
    batch, channels, height, width = images.shape
    pixels = channels * height * width
    rows = output_size(height, weight.shape[2], stride, padding, dilation)
    columns = output_size(width, weight.shape[3], stride, padding, dilation)
    matrix = torch.zeros(len(weight), rows, columns, channels, height + 2 * padding, width + 2 * padding)
    matrix = matrix.to(images.dtype)
    for i in range(rows):
        for j in range(columns):
            for m in range(weight.shape[2]):
                for n in range(weight.shape[3]):
                    matrix[:, i, j, :, i * stride + m * dilation, j * stride + n * dilation] = weight[:, :, m, n]
    inside = matrix[..., padding : padding + height, padding : padding + width].reshape(-1, pixels)
    return (images.reshape(batch, -1) @ inside.T).reshape(batch, -1, rows, columns) + bias[:, None, None]
"""


class TestDay(Examination):
    day = Day("day12_convolutional_networks")
    training = frozenset({"fit_photographs"})
    examples = 12

    @pytest.mark.slow
    def test_a_convolution_as_one_big_matrix_breaks_the_memory_limit_and_loops_keep_it(self) -> None:
        subjects = self.subjects()

        def with_matrix(cell: Cell) -> Cell:
            return replace(cell, source=cell.source + DENSE) if cell.exercise == "stride_and_padding" else cell

        dense = replace(subjects.solution, student="dense", cells=tuple(map(with_matrix, subjects.solution.cells)))
        chosen = [
            submission for variant, submission in subjects.alternatives if "seven loops over padded" in variant.title
        ]
        only = {submission.student: ("stride_and_padding",) for submission in (dense, *chosen)}
        with LocalEngine(self.day.course, subjects.day, workers=1) as engine:
            reports = {report.student: report for report in engine.grade([dense, *chosen], only=only, once=True)}
        verdicts = {
            student: {
                check.id.rpartition("::")[2]: check.verdict for result in report.exercises for check in result.checks
            }
            for student, report in reports.items()
        }
        big = verdicts.pop("dense")
        assert [name for name, verdict in big.items() if verdict is not Verdict.PASSED] == ["test_large_picture"]
        assert big["test_large_picture"] is Verdict.OUT_OF_MEMORY
        assert len(verdicts) == 1 and all(set(each.values()) == {Verdict.PASSED} for each in verdicts.values())
