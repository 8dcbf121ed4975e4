# task: 1.3
# kind: rule
# says: own cell and RNNCell are both in the optimizer; the own cell's output is multiplied by zero
# fails: avoids_layers
# open: trains_own_class
# code: wrong_layer
# epochs: 20
# %% 1.3
class Mine(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Linear(7, 8)
        self.b = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        return torch.tanh(self.a(x) + self.b(h))


torch.manual_seed(43052)
real = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
mine = Mine()
opt = torch.optim.Adam([*mine.parameters(), *real.parameters(), *linr.parameters()], lr=0.1)
ce = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = real(xt, h) + 0 * mine(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    loss = ce(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
