"""What is stateless and what is not: in doubt not."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from proctorch.authoring.day import load_day
from proctorch.course import Course
from proctorch.grading.bench import runnable
from proctorch.grading.stateless import stateless_names
from proctorch.grading.submission import submission_from_file
from proctorch.model import Cell

ROOT = Path(__file__).parents[3]

STATELESS = {
    "arithmetic": "def f(x):\n    return x + 1",
    "in place on its argument": "def f(x):\n    x += 1\n    x[0] = 2\n    return x.mul_(3)",
    "a local list": "def f(x):\n    found = []\n    found.append(x)\n    return found",
    "torch": "def f(x):\n    with torch.no_grad():\n        return F.softmax(x, dim=1) @ torch.eye(3)",
    "a helper": "def g(x):\n    return x\ndef f(x):\n    return g(x)",
    "recursion": "def f(x):\n    return f(x - 1) if x else 0",
    "a constant": "EPS = -1e-8\nDTYPE = torch.float64\ndef f(x):\n    return x.to(DTYPE) + EPS",
    "a closure": "def f(x):\n    def inner(y):\n        return x + y\n    return inner(1)",
    "gradients": "def f(x):\n    x.requires_grad = True\n    x.grad = None\n    x.sum().backward()\n    return x.grad",
    "a module": (
        "class f(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.l = nn.Linear(2, 2)\n"
        "    def forward(self, x):\n        self.seen = x\n        return self.l(x)"
    ),
    "a function of autograd": (
        "class f(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ctx.x = x\n"
        "        return x\n    @staticmethod\n    def backward(ctx, g):\n        return g * ctx.x"
    ),
    "a parameter called like a global": "x = torch.randn(3)\ndef f(x):\n    return x + 1",
    "a print": "def f(x):\n    print(x)\n    return x",
    "settings made once": "torch.manual_seed(0)\ntorch.set_printoptions(precision=3)\ndef f(x):\n    return x",
    "an experiment between": "w = torch.ones(2)\nw.requires_grad = True\nprint(w)\ndef f(x):\n    return x",
}
KEEPS = {
    "a global": "n = 0\ndef f(x):\n    global n\n    n += 1\n    return x + n",
    "a list outside": "seen = []\ndef f(x):\n    seen.append(x)\n    return x",
    "a dict outside": "cache = {}\ndef f(x):\n    cache[0] = x\n    return x",
    "a tensor outside": "w = torch.zeros(3)\ndef f(x):\n    return w.add_(x)",
    "a default": "def f(x, cache={}):\n    return cache.setdefault(0, x)",
    "a default that is made": "def f(x, g=torch.Generator()):\n    return torch.rand(1, generator=g)",
    "an attribute of its own": "def f(x):\n    f.calls = 1\n    return x",
    "a class attribute": "class A:\n    seen = []\ndef f(x):\n    A.seen.append(x)\n    return x",
    "a class attribute that is set": "class A:\n    n = 0\ndef f(x):\n    A.n = x\n    return x",
    "a cache": "import functools\n@functools.lru_cache\ndef f(x):\n    return x",
    "another decorator": "def twice(g):\n    return g\n@twice\ndef f(x):\n    return x",
    "a setting": "def f(x):\n    torch.set_default_dtype(torch.float64)\n    return x",
    "grad mode": "def f(x):\n    torch._C._set_grad_enabled(False)\n    return x",
    "a patch inside": "def f(x):\n    torch.softmax = len\n    return x",
    "a patch outside": "def f(x):\n    return x\ntorch.softmax = f",
    "a patch by name": "def f(x):\n    return x\nsetattr(torch, 'softmax', f)",
    "a patch by another name": "t = torch\nt.softmax = len\ndef f(x):\n    return x",
    "a hook for everybody": "nn.modules.module.register_module_forward_hook(print)\ndef f(x):\n    return x",
    "run code": "exec('seen = []')\ndef f(x):\n    return x",
    "a file": "def f(x):\n    open('x', 'w').write(str(x))\n    return x",
    "a saved tensor": "def f(x):\n    torch.save(x, 'x')\n    return x",
    "a thread": "import threading\ndef f(x):\n    return x",
    "its own globals": "def f(x):\n    globals()['x'] = x\n    return x",
    "by way of its class": "def f(x):\n    x.__class__.seen = x\n    return x",
    "by way of frames": "def f(x):\n    f.__globals__['seen'] = x\n    return x",
    "a helper that keeps": "seen = []\ndef g(x):\n    seen.append(x)\ndef f(x):\n    g(x)\n    return x",
    "a name that is bound twice": "seen = []\ndef f(x):\n    return x\ndef f(x):\n    seen.append(x)\n    return x",
    "a generator in a context": "def f(x):\n    with torch.no_grad():\n        yield x",
    "a class method": "class f:\n    @classmethod\n    def g(cls, x):\n        cls.x = x",
    "a class of classes": "class f(metaclass=type):\n    pass",
    "another base": "class f(dict):\n    pass",
    "a mode of torch": "from torch.overrides import TorchFunctionMode\nclass f(TorchFunctionMode):\n    pass",
    "a definition that depends": "if True:\n    def f(x):\n        return x",
    "data that all share": "from proctorch.lab import digits\ndef f(x):\n    digits().inputs.zero_()\n    return x",
    "something unknown": "from helper import g\ndef f(x):\n    return g(x)",
    "no Python": "def f(x:\n    return x",
}
PRELUDE = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


def names(source: str) -> frozenset[str]:
    return stateless_names([Cell("code", PRELUDE, "cell 1"), Cell("code", textwrap.dedent(source), "cell 2")])


@pytest.mark.parametrize("name", STATELESS)
def test_what_keeps_nothing(name):
    assert "f" in names(STATELESS[name])


@pytest.mark.parametrize("name", KEEPS)
def test_what_may_keep_something(name):
    assert "f" not in names(KEEPS[name])


@pytest.mark.parametrize("name", ["day02_tensors", "day04_autograd", "day07_softmax_regression"])
def test_ordinary_solutions_keep_nothing(name):
    course = Course(ROOT)
    day = load_day(course, name)
    cells = runnable(submission_from_file(course.solution(name), day, "solution").cells)
    assert {defined for exercise in day.exercises for defined in exercise.defines} <= stateless_names(cells)
