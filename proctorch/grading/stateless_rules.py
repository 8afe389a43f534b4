"""What stateless code may use: the lists behind `stateless`. What is not on them is taken to keep something."""

from __future__ import annotations

# Modules whose functions give what their arguments say, or draw from generators that are seeded before each check.
MODULES = frozenset(
    {
        "__future__", "abc", "cmath", "collections", "collections.abc", "copy", "dataclasses", "enum",
        "fractions", "functools", "itertools", "jaxtyping", "math", "numbers", "numpy", "numpy.linalg",
        "numpy.random", "numpy.typing", "operator", "random", "statistics", "string", "torch",
        "torch.autograd", "torch.autograd.function", "torch.linalg", "torch.nn", "torch.nn.functional",
        "torch.nn.init", "torch.nn.utils", "torch.utils.data", "types", "typing", "typing_extensions",
    }
)  # fmt: skip

# Modules that a cell may import and use at its top level, where everything happens once, before the first check.
LOADED = frozenset(
    {
        "IPython", "PIL", "csv", "datetime", "json", "matplotlib", "os", "pandas", "pathlib", "pprint",
        "proctorch", "scipy", "seaborn", "sklearn", "time", "torch", "torchvision", "tqdm", "warnings",
    }
)  # fmt: skip

BUILTINS = frozenset(
    {
        "ArithmeticError", "AssertionError", "AttributeError", "Ellipsis", "Exception", "False", "IndexError",
        "KeyError", "LookupError", "None", "NotImplemented", "NotImplementedError", "OverflowError",
        "RuntimeError", "StopIteration", "True", "TypeError", "ValueError", "ZeroDivisionError", "abs", "all",
        "any", "bool", "bytes", "callable", "chr", "complex", "dict", "divmod", "enumerate", "filter",
        "float", "format", "frozenset", "hasattr", "hash", "int", "isinstance", "issubclass", "iter", "len",
        "list", "map", "max", "min", "next", "object", "ord", "pow", "print", "property", "range", "repr",
        "reversed", "round", "set", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type",
        "zip",
    }
)  # fmt: skip

# With these a cell can change what other code does, or run code that is not to be seen.
PATCHES = frozenset(
    {
        "__build_class__", "__import__", "breakpoint", "compile", "delattr", "eval", "exec", "globals",
        "locals", "setattr", "vars",
    }
)  # fmt: skip

# Attributes by which code keeps something outside of its own values: settings, caches, files, hooks for everybody.
KEEPING = frozenset(
    {
        "backends", "cache", "cached_property", "compile", "dispatch", "distributed", "dump", "hub", "jit",
        "library", "lru_cache", "memmap", "multiprocessing", "open_memmap", "overrides", "save", "savetxt",
        "savez", "savez_compressed", "serialization", "setbufsize", "seterr", "seterrcall", "singledispatch",
        "singledispatchmethod", "to_csv", "tofile", "use_deterministic_algorithms",
    }
)  # fmt: skip
KEEPING_PREFIXES = ("set_", "register_module_", "add_safe")
# ... and those that only sound like it.
HARMLESS = frozenset({"register_module_parameter", "set_grad_enabled", "set_", "set_to_none"})

DUNDERS = frozenset({"__init__", "__name__", "__len__", "__call__", "__getitem__", "__iter__", "__next__"})
METHODS = DUNDERS | {"__repr__", "__str__", "__post_init__", "__eq__", "__hash__", "__add__", "__mul__", "__sub__"}

# What a tensor may be given by name.
OF_TENSORS = frozenset({"data", "grad", "requires_grad"})

DECORATORS = frozenset(
    {
        "abstractmethod", "dataclass", "dataclasses.dataclass", "once_differentiable", "property",
        "staticmethod", "torch.autograd.function.once_differentiable", "torch.enable_grad",
        "torch.inference_mode", "torch.no_grad",
    }
)  # fmt: skip

BASES = frozenset(
    {
        "ABC", "Dataset", "Exception", "Function", "Module", "NamedTuple", "Protocol", "RuntimeError",
        "ValueError", "autograd.Function", "nn.Module", "object", "torch.autograd.Function",
        "torch.nn.Module", "torch.utils.data.Dataset",
    }
)  # fmt: skip
