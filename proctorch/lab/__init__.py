"""What exercises and checks share, importable by host and guest alike; imports torch and nothing of the engine.

A check makes one of these where the student's code can use it: `student.lab("Quadratic", matrix, vector)`.
"""

from __future__ import annotations

from proctorch.lab.backbones import load_backbone
from proctorch.lab.data import Split, breast_cancer, diabetes, digits, iris, wine
from proctorch.lab.files import scratch_file
from proctorch.lab.gpu import copies_waited_for, simulated_gpu
from proctorch.lab.networks import DigitsNet, TableNet
from proctorch.lab.objectives import Quadratic, Rosenbrock
from proctorch.lab.pictures import digit_pictures
from proctorch.lab.probes import CountedBatches, ModeProbe, RoomFor
from proctorch.lab.rules import unknown_piles
from proctorch.lab.synthetic import clusters, signs
from proctorch.lab.training import classifier, linear, loader, loss, optimizer, scaler, scheduler

__all__ = [
    "CountedBatches",
    "DigitsNet",
    "ModeProbe",
    "Quadratic",
    "RoomFor",
    "Rosenbrock",
    "Split",
    "TableNet",
    "breast_cancer",
    "classifier",
    "clusters",
    "copies_waited_for",
    "diabetes",
    "digit_pictures",
    "digits",
    "iris",
    "linear",
    "load_backbone",
    "loader",
    "loss",
    "optimizer",
    "scaler",
    "scheduler",
    "scratch_file",
    "signs",
    "simulated_gpu",
    "unknown_piles",
    "wine",
]
