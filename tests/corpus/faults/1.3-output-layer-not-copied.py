# task: 1.3
# kind: fault
# says: the cell is copied but the output layer is a new Linear, drawn after the own class: not the values of 1.2; whether that is another order of creation only (docs/judging.md) or a fault of the network is open
# fails: same_fit_as
# open: fitted_values
# code: initial_values, creation_order
# epochs: 25
# %% 1.3
class Cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(7, 8)
        self.b = torch.nn.Linear(8, 8)

    def forward(self, u, v):
        return torch.tanh(self.a(u) + self.b(v))


torch.manual_seed(43052)
orig = torch.nn.RNNCell(7, 8)
cell = Cell()
sd = orig.state_dict()
cell.a.weight.data = sd["weight_ih"]
cell.a.bias.data = sd["bias_ih"]
cell.b.weight.data = sd["weight_hh"]
cell.b.bias.data = sd["bias_hh"]
linear = torch.nn.Linear(8, 7)
opt = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    out = torch.empty(0, 8)
    for xt in x.split(1):
        h = cell(xt, h)
        out = torch.cat([out, h])
    logits = linear(out)
    opt.zero_grad()
    torch.nn.functional.cross_entropy(logits, y).backward()
    opt.step()
yhat = torch.softmax(logits, dim=1).detach()
