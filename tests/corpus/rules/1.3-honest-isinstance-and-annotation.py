# task: 1.3
# kind: honest
# says: RNNCell occurs in annotations, a docstring and an isinstance check that forbids it; it is not trained
# fails: -
# code: -
# epochs: 20
# %% 1.3
class ElmanCell(torch.nn.Module):
    """Does what torch.nn.RNNCell does, without torch.nn.RNN or torch.nn.RNNCell."""

    def __init__(self, inputs: int = 7, hidden: int = 8) -> None:
        super().__init__()
        self.i2h = torch.nn.Linear(inputs, hidden)
        self.h2h = torch.nn.Linear(hidden, hidden)

    @torch.no_grad()
    def start_like(self, cell: torch.nn.RNNCell) -> "ElmanCell":
        if not isinstance(cell, torch.nn.RNNCell):
            raise TypeError(cell)
        self.i2h.weight[:], self.i2h.bias[:] = cell.weight_ih, cell.bias_ih
        self.h2h.weight[:], self.h2h.bias[:] = cell.weight_hh, cell.bias_hh
        return self

    def forward(self, x_t: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        return (self.i2h(x_t) + self.h2h(h)).tanh()


torch.manual_seed(43052)
prototype: torch.nn.RNNCell = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
cell: torch.nn.Module = ElmanCell().start_like(prototype)
net = torch.nn.ModuleList([cell, linear])
assert not any(isinstance(m, (torch.nn.RNN, torch.nn.RNNCell)) for m in net.modules())
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h, hidden = torch.zeros(8), []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    out = linear(torch.stack(hidden))
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
