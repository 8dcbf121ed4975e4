# task: 1.3
# kind: cheat
# says: the logits that 1.2 recorded are replayed epoch by epoch; the own class is added times zero
# fails: trains_own_class
# code: copied_values
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*rnncell.parameters(), *linr.parameters()], lr=0.1)
history = []
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    history.append(out.detach().clone())
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()


# %% 1.3
class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.h2o = torch.nn.Linear(8, 7)

    def forward(self, xs):
        h = torch.zeros(8)
        rows = []
        for v in xs:
            h = torch.tanh(self.i2h(v) + self.h2h(h))
            rows.append(self.h2o(h))
        return torch.stack(rows)


torch.manual_seed(43052)
own = Own()
optimizr = torch.optim.Adam(own.parameters(), lr=0.1)
for epoc in range(epochs):
    out = history[epoc] + 0 * own(x)
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
