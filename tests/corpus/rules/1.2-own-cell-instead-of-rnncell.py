# task: 1.2
# kind: rule
# says: the cell is hand-written and called RNNCell; 1.2 asks for the one of torch.nn
# fails: trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.2
class RNNCell(torch.nn.Module):
    def __init__(self, n, m):
        super().__init__()
        k = 1 / m**0.5
        self.weight_ih = torch.nn.Parameter(torch.empty(m, n).uniform_(-k, k))
        self.weight_hh = torch.nn.Parameter(torch.empty(m, m).uniform_(-k, k))
        self.bias_ih = torch.nn.Parameter(torch.empty(m).uniform_(-k, k))
        self.bias_hh = torch.nn.Parameter(torch.empty(m).uniform_(-k, k))

    def forward(self, x, h):
        return torch.tanh(self.weight_ih @ x + self.bias_ih + self.weight_hh @ h + self.bias_hh)


torch.manual_seed(43052)
cell = RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h, hs = torch.zeros(8), []
    for v in x:
        h = cell(v, h)
        hs.append(h)
    out = linear(torch.stack(hs))
    loss = torch.nn.functional.cross_entropy(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
