"""Contracts of training: what a right training loop leaves behind, decided by values that the host computed itself.

A student's loop runs in the guest, where it may patch `optimizer.step`, `nn.Module.train`, `torch.allclose` or
`torch.manual_seed`, print a loss that never was, and set any flag. So nothing that it says about itself counts. The
host knows the weights before, hands out the batches, and reads the weights after; it takes the same steps with its own
torch (`reference_run`) and compares. Whoever has the right weights for inputs that were drawn a moment ago has done the
work.

    states.py      what a module holds, as plain tensors; the host's own module with a student's weights in it
    reference.py   `Recipe`, and the steps that a right loop takes
    steps.py       assert_same_step, assert_gradients_zeroed, assert_scheduler_order
    learning.py    assert_loss_falls, assert_overfits: the loss computed here
    parameters.py  assert_frozen, assert_trained
    modes.py       assert_train_mode, assert_eval_mode, assert_no_gradient_recorded
    repetition.py  assert_same_seed_same_weights, assert_state_dict_round_trip
    accuracy.py    held_out_accuracy: what a score counts for

Two kinds of evidence, and each function says which it has. *Forgery-proof*: the host recomputes the outcome from
weights and inputs. *Mistake-proof*: the guest says how its modules were used (`ModeProbe.calls`, or predictions of a
module that only the guest can run); an honest mistake cannot slip past, a forger could. Give the second kind little
weight.

Weights that are compared are float64, after ten steps at most: in float32 equivalent code drifts by 7e-4 after one step
of Adam.
"""
