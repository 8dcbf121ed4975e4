# task: 1.6
# kind: fault
# says: seed 2023 in 1.6, 43052 in 1.5
# fails: same_fit_as
# code: seeds_differ
# epochs: 50
# %% 1.6
torch.manual_seed(2023)
base = torch.nn.LSTMCell(7, 4)
base_out = torch.nn.Linear(4, 7)


class Gate(torch.nn.Module):
    """One affine map of x and of h, as many as there are gates, in one block."""

    def __init__(self):
        super().__init__()
        self.x = torch.nn.Linear(7, 16)
        self.h = torch.nn.Linear(4, 16)

    def forward(self, x_t, h_t):
        return self.x(x_t) + self.h(h_t)


gate = Gate()
gate.x.weight.data.copy_(base.weight_ih.data)
gate.x.bias.data.copy_(base.bias_ih.data)
gate.h.weight.data.copy_(base.weight_hh.data)
gate.h.bias.data.copy_(base.bias_hh.data)
optimizer = torch.optim.Adam([*gate.parameters(), *base_out.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(4)
    c = torch.zeros(4)
    logits = []
    for x_t in x:
        i, f, g, o = gate(x_t, h).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        logits.append(base_out(h))
    logits = torch.stack(logits)
    loss = torch.nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(logits, dim=1).detach()
