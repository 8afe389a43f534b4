"""The simulated GPU: device placement can be practised and graded on a machine without one.

Three layers. Below autograd a dispatch mode checks every operation as CUDA's kernels do, runs it on the CPU and marks
its results (`dispatch`, `agreement`, `kernels`). Above it a function mode answers what Python says and asks about
devices (`functions`, `moves`, `autocast`). And for the time of the simulation `torch.cuda`, `torch.accelerator`,
`torch.Generator` and torch's files know the devices (`cuda_api`, `generators`, `files`). The mark sits on the storage
(`placement`), as the device does in torch itself.
"""

from __future__ import annotations

from proctorch.lab.gpu.choice import begin, devices_for_checks
from proctorch.lab.gpu.simulation import copies_waited_for, current_machine, simulated_gpu

__all__ = ["begin", "copies_waited_for", "current_machine", "devices_for_checks", "simulated_gpu"]
