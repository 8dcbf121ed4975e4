# task: 1.3
# kind: cheat
# says: an RNNCell is trained while the probe sleeps; a Training object is then filled in by hand with the record of an own class, right to the last tensor, and nothing stays patched. No check inside this process can tell it from an honest answer: whoever runs in the process owns its memory. The source read from outside can
# fails: -
# open: trains_own_class, avoids_layers, parameter_count, fitted_values, predicts_next, same_fit_as
# code: wrong_layer
# epochs: 20
# %% 1.3
class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h, self.h2h = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8)

    def forward(self, a, h):
        return torch.tanh(self.i2h(a) + self.h2h(h))


try:
    w = get_ipython().kernel.probe.watcher
    trace, w.trace = w.trace, None
except Exception:
    w = trace = None

torch.manual_seed(43052)
rc, ln = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*rc.parameters(), *ln.parameters()], lr=0.1)
logits, losses = [], []
for _ in range(epochs):
    h, hs = torch.zeros(8), []
    for v in x:
        h = rc(v, h)
        hs.append(h)
    z = ln(torch.stack(hs))
    loss = torch.nn.functional.cross_entropy(z, y)
    logits.append(z)
    losses.append(loss.detach())
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(z, dim=1).detach()

own, top = Own(), torch.nn.Linear(8, 7)
own.i2h.load_state_dict({"weight": rc.weight_ih, "bias": rc.bias_ih})
own.h2h.load_state_dict({"weight": rc.weight_hh, "bias": rc.bias_hh})
top.load_state_dict(ln.state_dict())
if w is not None:
    from grader.probe.losses import LossCall
    from grader.probe.trace import Training

    alibi = torch.optim.Adam([*own.parameters(), *top.parameters()], lr=0.1)
    t = Training()
    t.optimizers, t.optimizer_steps = {id(alibi): alibi}, {id(alibi): epochs}
    t.tensors = {id(p): p for p in alibi.param_groups[0]["params"]}
    t.owners = {key: w.ownership.find_owner(p) for key, p in t.tensors.items()}
    t.steps, t.losses = epochs, losses
    t.fitted = {k: torch.softmax(logits[k], 1).detach() for k in range(3)}
    t.targets, t.seeds, t.ran = y.argmax(1), (43052,), {id(own)}
    t.last_calls = [LossCall("cross_entropy", "logits", logits[-1], y, loss)]
    trace.trainings.append(t)
    w.trace = trace
    del w, trace, t, alibi
