# task: 1.3
# kind: honest
# says: own cell filled by load_state_dict from an untrained RNNCell, output layer loaded likewise; checks one step against RNNCell before training
# fails: -
# code: -
# epochs: 20
# %% 1.3
class MyCell(torch.nn.Module):
    def __init__(self, n_in, n_hid):
        super().__init__()
        self.i2h = torch.nn.Linear(n_in, n_hid)
        self.h2h = torch.nn.Linear(n_hid, n_hid)
        self.act = torch.nn.Tanh()

    def forward(self, xt, ht):
        return self.act(self.i2h(xt) + self.h2h(ht))


torch.manual_seed(43052)
src = torch.nn.RNNCell(7, 8)
src_lin = torch.nn.Linear(8, 7)

mine = MyCell(7, 8)
sd = src.state_dict()
mine.load_state_dict(
    {
        "i2h.weight": sd["weight_ih"],
        "i2h.bias": sd["bias_ih"],
        "h2h.weight": sd["weight_hh"],
        "h2h.bias": sd["bias_hh"],
    }
)
lin = torch.nn.Linear(8, 7)
lin.load_state_dict(src_lin.state_dict())
with torch.no_grad():
    h_try = torch.randn(8)
    assert torch.allclose(mine(x[0], h_try), src(x[0], h_try), atol=1e-6)
# %% 1.3
opt = torch.optim.Adam([*mine.parameters(), *lin.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = mine(xt, h)
        hs.append(h)
    out = lin(torch.stack(hs))
    loss = loss_fn(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(out, 1).detach()
