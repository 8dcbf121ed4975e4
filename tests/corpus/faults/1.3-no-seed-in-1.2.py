# task: 1.3
# kind: fault
# says: the other way round: 1.2 sets no seed, 1.3 does
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.2
cell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    outs = []
    for x_t in x:
        h = cell(x_t, h)
        outs.append(linear(h))
    outs = torch.stack(outs)
    loss = torch.nn.functional.cross_entropy(outs, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(outs, dim=1).detach()
# %% 1.3
torch.manual_seed(43052)
ref_cell = torch.nn.RNNCell(7, 8)
ref_linear = torch.nn.Linear(8, 7)


class Elman(torch.nn.Module):
    def __init__(self, cell, linear):
        super().__init__()
        self.x2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.h2y = torch.nn.Linear(8, 7)
        pairs = [
            (self.x2h.weight, cell.weight_ih),
            (self.x2h.bias, cell.bias_ih),
            (self.h2h.weight, cell.weight_hh),
            (self.h2h.bias, cell.bias_hh),
            (self.h2y.weight, linear.weight),
            (self.h2y.bias, linear.bias),
        ]
        with torch.no_grad():
            for mine, theirs in pairs:
                mine.copy_(theirs)

    def forward(self, sequence):
        h = torch.zeros(8)
        hs = []
        for v in sequence.unbind():
            h = torch.tanh(self.x2h(v) + self.h2h(h))
            hs.append(h)
        return self.h2y(torch.stack(hs))


net = Elman(ref_cell, ref_linear)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    out = net(x)
    loss = torch.nn.functional.cross_entropy(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(net(x), dim=1).detach()
