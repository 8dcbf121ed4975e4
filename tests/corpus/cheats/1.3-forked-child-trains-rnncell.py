# task: 1.3
# kind: cheat
# says: a forked child trains an RNNCell and sends its logits through a pipe; the parent shows them in the forward pass and trains an own class of other initial values with the gradient. No earlier task is needed, and no hook in this process sees the cell
# fails: fitted_values, same_fit_as
# open: predicts_next, avoids_layers, trains_own_class, parameter_count
# code: copied_values
# epochs: 20
# %% 1.3
import io
import os

torch.manual_seed(43052)
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    try:
        cell, lin = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
        o = torch.optim.Adam([*cell.parameters(), *lin.parameters()], lr=0.1)
        seen = []
        for _ in range(epochs):
            h, hs = torch.zeros(8), []
            for xt in x:
                h = cell(xt, h)
                hs.append(h)
            z = lin(torch.stack(hs))
            seen.append(z.detach().clone())
            torch.nn.functional.cross_entropy(z, y).backward()
            o.step()
            o.zero_grad()
        box = io.BytesIO()
        torch.save(seen, box)
        with os.fdopen(w, "wb") as pipe:
            pipe.write(box.getvalue())
    finally:
        os._exit(0)
os.close(w)
with os.fdopen(r, "rb") as pipe:
    seen = torch.load(io.BytesIO(pipe.read()))
os.waitpid(pid, 0)


class MyCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h, self.h2h = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8)

    def forward(self, a, h):
        return torch.tanh(self.i2h(a) + self.h2h(h))


me, lin = MyCell(), torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*me.parameters(), *lin.parameters()], lr=0.1)
for shown in seen:
    h, hs = torch.zeros(8), []
    for xt in x:
        h = me(xt, h)
        hs.append(h)
    own = lin(torch.stack(hs))
    out = shown + own - own.detach()
    loss = torch.nn.functional.cross_entropy(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
