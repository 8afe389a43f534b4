from __future__ import annotations

import ast

from proctorch.authoring.signatures import defined_names, signatures


def test_headers_are_one_line_in_double_quotes() -> None:
    tree = ast.parse(
        "@decorated\n"
        "def f(\n    x: Float[Tensor, 'n k'],  # the batch\n    *, way: str = 'it\"s', **more,\n"
        ') -> Float[Tensor, "n"]:\n'
        "    pass\n"
        "async def g(): ...\n"
    )
    assert signatures(tree) == {
        "f": 'def f(x: Float[Tensor, "n k"], *, way: str=\'it"s\', **more) -> Float[Tensor, "n"]',
        "g": "async def g()",
    }


def test_public_and_double_underscore_methods_have_headers() -> None:
    tree = ast.parse(
        "class Net:\n"
        "    @staticmethod\n"
        "    def forward(x): ...\n"
        "    def __call__(self): ...\n"
        "    def _own(self): ...\n"
        "    def __mangled(self): ...\n"
    )
    assert signatures(tree) == {"Net.forward": "def forward(x)", "Net.__call__": "def __call__(self)"}


def test_functions_classes_and_assignments_define_names() -> None:
    tree = ast.parse(
        "import torch\ndef f(): ...\nclass C: ...\na = b, (c, *d) = 1, (2, 3)\ne: int\nx.y = 1\nz[i] = 2\n"
    )
    assert defined_names(tree) == {"f": 2, "C": 3, "a": 4, "b": 4, "c": 4, "d": 4, "e": 5}
