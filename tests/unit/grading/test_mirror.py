"""A student's module: parameters are read-only copies that are always up to date, and gradients go both ways."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from proctorch.errors import CheckFailure, GraderBroken, ProtocolViolation

NETS = """
class Net(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.width = width
        self.layers = nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width), nn.Dropout(0.5), nn.Linear(width, 1))
        self.scale = nn.Parameter(torch.ones(1))
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, x):
        return self.layers(x) * self.scale

    def twice(self, x):
        return x * 2

def make(seed):
    torch.manual_seed(seed)
    return Net()

def step(net, x, y, optimizer):
    optimizer.zero_grad()
    loss = ((net(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
    return loss.item()

def descend(net, rate):
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.grad is not None:
                parameter -= rate * parameter.grad

def gradients(net):
    return [None if p.grad is None else p.grad.clone() for p in net.parameters()]

def sgd(net, rate):
    return torch.optim.SGD(net.parameters(), lr=rate)

def norm(net):
    return float(sum(p.detach().pow(2).sum() for p in net.parameters()))

def widen(net):
    net.extra = nn.Linear(1, 1)

def grown(net):
    net.layers[0] = nn.Linear(2, 3, bias=False)

Small = nn.Linear

def stack():
    return nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
"""


@pytest.fixture
def student(submit):
    return submit(NETS)


@pytest.fixture
def twin():
    """The same net, made here."""
    names: dict[str, object] = {"torch": torch, "nn": nn}
    exec(NETS, names)
    return names


def test_parameters_are_those_of_the_same_code_here(student, twin):
    there, here = student.make(5), twin["make"](5)
    assert isinstance(there, nn.Module)
    assert [name for name, _ in there.named_parameters()] == [name for name, _ in here.named_parameters()]
    assert all(torch.equal(a, b) for a, b in zip(there.parameters(), here.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(there.state_dict().values(), here.state_dict().values(), strict=True))
    assert sum(p.numel() for p in there.parameters()) == sum(p.numel() for p in here.parameters())
    assert [type(value) for value in there.state_dict().values()] == [torch.Tensor] * len(here.state_dict())


def test_backward_fills_gradients_equal_to_the_last_bit(student, twin):
    there, here = student.make(1).eval(), twin["make"](1).eval()
    x = torch.randn(8, 2, generator=torch.Generator().manual_seed(3))
    for net in (there, here):
        for _ in range(2):
            net(x).pow(2).mean().backward()
    for (name, ours), theirs in zip(here.named_parameters(), there.parameters(), strict=True):
        assert (theirs.grad is None) == (ours.grad is None), name
        assert ours.grad is None or torch.equal(theirs.grad, ours.grad), name


def test_the_student_s_code_sees_gradients_that_the_host_computed(student):
    net = student.make(2).eval()
    net(torch.ones(4, 2)).sum().backward()
    seen = student.gradients(net)
    assert [None if p.grad is None else p.grad.tolist() for p in net.parameters()] == [
        None if grad is None else grad.tolist() for grad in seen
    ]
    before = net.scale.detach().clone()
    student.descend(net, 0.5)
    assert torch.equal(net.scale, before - 0.5 * net.scale.grad)


def test_the_host_sees_gradients_that_the_student_s_code_computed(student, twin):
    there, here = student.make(3), twin["make"](3)
    for net, functions in ((there, student), (here, twin)):
        net.eval()
        optimizer = (functions.sgd if functions is student else functions["sgd"])(net, 0.1)
        step = functions.step if functions is student else functions["step"]
        step(net, torch.ones(4, 2), torch.zeros(4, 1), optimizer)
    for ours, theirs in zip(here.parameters(), there.parameters(), strict=True):
        assert torch.equal(ours, theirs)
        assert (ours.grad is None) == (theirs.grad is None)
        assert ours.grad is None or torch.equal(ours.grad, theirs.grad)


def test_an_optimizer_is_a_handle(student):
    net = student.make(4).eval()
    optimizer = student.sgd(net, 0.1)
    net(torch.ones(2, 2)).sum().backward()
    before = net.scale.detach().clone()
    optimizer.step()
    assert not torch.equal(net.scale, before)
    optimizer.zero_grad()
    assert net.scale.grad is None
    assert optimizer.state_dict()["param_groups"][0]["lr"] == 0.1


def test_zero_grad_reaches_the_guest(student):
    net = student.make(4).eval()
    net(torch.ones(2, 2)).sum().backward()
    net.zero_grad()
    assert net.scale.grad is None
    assert [grad for grad in student.gradients(net) if grad is not None] == []


WRITES = {
    "in place": lambda net: net.scale.add_(1),
    "augmented": lambda net: net.scale.__iadd__(1),
    "item": lambda net: net.scale.__setitem__(0, 5.0),
    "data in place": lambda net: net.scale.data.fill_(5.0),
    "data": lambda net: setattr(net.scale, "data", torch.zeros(1)),
    "data item": lambda net: net.scale.data.__setitem__(0, 5.0),
    "detached": lambda net: net.scale.detach().mul_(3),
    "copy": lambda net: net.scale.copy_(torch.zeros(1)),
    "zero": lambda net: nn.init.zeros_(net.scale),
    "out": lambda net: torch.add(torch.ones(1), 1, out=net.scale.data),
    "foreach": lambda net: torch._foreach_add_([net.scale.data], 1.0),
}


@pytest.mark.parametrize("write", WRITES)
def test_writing_to_a_mirror_is_the_grader_s_mistake(student, write):
    net = student.make(6)
    with pytest.raises(GraderBroken, match="load_state_dict"), torch.no_grad():
        WRITES[write](net)
    assert net.scale.item() == 1


def test_an_optimizer_of_the_host_is_the_grader_s_mistake(student):
    net = student.make(6).eval()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    net(torch.ones(2, 2)).sum().backward()
    with pytest.raises(GraderBroken):
        optimizer.step()


def test_load_state_dict_is_the_way_to_write(student):
    net = student.make(7)
    state = {name: torch.full_like(value, 2) for name, value in net.state_dict().items()}
    net.load_state_dict(state)
    assert net.scale.item() == 2
    assert student.norm(net) == sum(p.numel() * 4 for p in net.parameters())


def test_a_state_of_the_host_s_own_is_refused_by_the_student_s_module(student):
    from proctorch.errors import StudentRaised

    with pytest.raises(StudentRaised, match="Missing key"):
        student.make(7).load_state_dict({})


def test_train_and_eval_reach_every_part(student):
    net = student.make(8)
    assert net.training and net.layers.training
    net.eval()
    assert not net.training and not net.layers[2].training
    x = torch.ones(2, 2)
    assert torch.equal(net(x), net(x))
    net.train()
    assert net.training


def test_buffers_follow_the_calls(student):
    net = student.make(9)
    assert net.layers[1].num_batches_tracked.item() == 0
    net(torch.randn(4, 2))
    assert net.layers[1].num_batches_tracked.item() == 1
    assert "layers.1.running_mean" in dict(net.named_buffers())


def test_parts_attributes_and_methods(student):
    net = student.make(10).eval()
    assert net.width == 3
    assert net.twice(torch.ones(2)).tolist() == [2, 2]
    assert [type(layer) for layer in net.layers] == [type(net.layers[0])] * 4 and len(net.layers) == 4
    assert net.layers[-1] is net.layers["3"]
    with pytest.raises(TypeError, match="no sequence"):
        len(net)
    assert net.layers[0](torch.ones(1, 2)).shape == (1, 3)
    with pytest.raises(AttributeError):
        net.no_such_thing  # noqa: B018


def test_conversion_reaches_the_guest(student):
    net = student.make(11).to(torch.float64)
    assert net.scale.dtype is torch.float64
    assert net.eval()(torch.ones(2, 2, dtype=torch.float64)).dtype is torch.float64


def test_a_module_that_grows_is_followed(student):
    net = student.make(12)
    count = len(list(net.parameters()))
    student.widen(net)
    assert len(list(net.parameters())) == count + 2
    student.grown(net)
    assert len(list(net.parameters())) == count + 1


def test_a_frozen_parameter_stays_frozen(student):
    net = student.make(13)
    assert not net.frozen.requires_grad
    net.eval()(torch.ones(2, 2)).sum().backward()
    assert net.frozen.grad is None


def test_a_sequence_of_modules_can_be_indexed_and_counted(student):
    model = student.stack()
    assert model and len(model) == 2
    assert model[0].weight.shape == (3, 2)
    assert [layer(torch.ones(1, width)).shape for layer, width in zip(model, (2, 3), strict=True)] == [(1, 3), (1, 1)]
    model(torch.ones(1, 2)).sum().backward()
    assert model[1].bias.grad.tolist() == [1]


def test_a_class_of_torch_is_a_module_too(student):
    layer = student.Small(3, 2)
    assert layer.weight.shape == (2, 3)
    assert layer(torch.ones(1, 3)).shape == (1, 2)


def test_a_module_of_countless_parts_is_refused(submit):
    student = submit(
        """
        class Crowd(nn.Module):
            def __init__(self):
                super().__init__()
                self.weight = nn.Parameter(torch.ones(1))
                part = nn.Identity()
                for number in range(5000):
                    self._modules[str(number)] = part

            def named_modules(self, memo=None, prefix="", remove_duplicate=True):
                return super().named_modules(None, prefix, False)

        def make():
            return Crowd()
        """
    )
    with pytest.raises(CheckFailure, match="more than 4096 parts"):
        student.make().weight  # noqa: B018


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return 5", ProtocolViolation),
        ("return {'parameters': {}, 'gradients': {}, 'buffers': {}, 'modules': {'': 3}}", ProtocolViolation),
        ("return {'parameters': {1: torch.ones(1)}, 'gradients': {}, 'buffers': {}, 'modules': {}}", ProtocolViolation),
        ("return {'parameters': {'a': 'x'}, 'gradients': {}, 'buffers': {}, 'modules': {}}", CheckFailure),
    ],
)
def test_a_forged_description_is_refused(submit, body, error):
    student = submit(
        f"""
        class Net(nn.Module):
            def named_parameters(self, *args, **kwargs):
                import proctorch.sandbox.server as server
                raise Forged

        class Forged(Exception):
            pass

        def forge(self, module):
            {body}

        import gc
        net = nn.Linear(1, 1)

        def patch():
            import proctorch.sandbox.server as server
            for thing in gc.get_objects():
                if type(thing) is server.GuestServer:
                    thing._operations["describe"] = lambda module: forge(None, module)
        """
    )
    net = student.net
    student.patch()
    with pytest.raises(error):
        list(net.parameters())
