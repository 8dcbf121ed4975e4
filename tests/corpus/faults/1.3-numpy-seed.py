# task: 1.3
# kind: fault
# says: 1.3 seeds numpy where torch should be seeded, so its layers do not start from those of 1.2
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.3
np.random.seed(43052)
old = torch.nn.RNNCell(7, 8)
old_lin = torch.nn.Linear(8, 7)


class Cell(torch.nn.Module):
    def __init__(self, like):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.i2h.weight.data.copy_(like.weight_ih.data)
        self.i2h.bias.data.copy_(like.bias_ih.data)
        self.h2h.weight.data.copy_(like.weight_hh.data)
        self.h2h.bias.data.copy_(like.bias_hh.data)

    def forward(self, xt, ht):
        return torch.tanh(self.i2h(xt) + self.h2h(ht))


cell = Cell(old)
optimizer = torch.optim.Adam([*cell.parameters(), *old_lin.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    loss = 0
    for xt, yt in zip(x, y):
        h = cell(xt, h)
        loss += torch.nn.functional.cross_entropy(old_lin(h), yt) / 999
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
