"""The seam with nbgrader.

    nbgrader autograde, the formgrader, proctorch grade
        └─ Autograde converter (nbgrader's)            one process; never runs student code
             ├─ exporter: any bytes → released notebook with the student's cells
             └─ preprocessor: GradeCells ──▶ store: is there a result for this content?
                                        └──▶ engine (processes of its own) where there is none ──▶ store
                  └─ feedback (HTML, text) and one plain float a grade cell ──▶ nbgrader's SaveAutoGrades

`config` tells nbgrader all this; `store` keeps every result; `keys` says when a result still holds; `judging` asks
store and engine; `marks` runs nbgrader's converters for a whole day without losing what was there before; `getmarks`
keeps feedback pages from showing 0 where there is no mark.
"""

from __future__ import annotations

from proctorch.gradebook.config import configure

__all__ = ["configure"]
