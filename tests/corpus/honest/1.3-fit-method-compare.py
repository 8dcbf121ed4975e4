# task: 1.3
# kind: honest
# says: a Module with its own fit and predict methods; at the end the fitted values are compared with those kept from the student's own 1.2
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
cell = torch.nn.RNNCell(7, 8)
lin = torch.nn.Linear(8, 7)
crit = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam(list(cell.parameters()) + list(lin.parameters()), lr=0.1)
for ep in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = cell(xt, h)
        hs.append(h)
    out = lin(torch.stack(hs))
    loss = crit(out, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(out, dim=1).detach()
yhat_12 = yhat.clone()


# %% 1.3
class Model(torch.nn.Module):
    def __init__(self, seed):
        super().__init__()
        self.xh = torch.nn.Linear(7, 8)
        self.hh = torch.nn.Linear(8, 8)
        self.ho = torch.nn.Linear(8, 7)
        self.losses = []
        self.reset(seed)

    def reset(self, seed):
        torch.manual_seed(seed)
        ref = torch.nn.RNNCell(7, 8)  # only for its initial values
        ref_lin = torch.nn.Linear(8, 7)
        with torch.no_grad():
            for mine, theirs in [
                (self.xh.weight, ref.weight_ih),
                (self.xh.bias, ref.bias_ih),
                (self.hh.weight, ref.weight_hh),
                (self.hh.bias, ref.bias_hh),
                (self.ho.weight, ref_lin.weight),
                (self.ho.bias, ref_lin.bias),
            ]:
                mine.copy_(theirs)

    def cell(self, xt, h):
        return torch.tanh(self.xh(xt) + self.hh(h))

    def forward(self, X):
        h = torch.zeros(8)
        res = []
        for xt in X:
            h = self.cell(xt, h)
            res.append(self.ho(h))
        return torch.stack(res)

    def fit(self, X, Y, epochs, lr=0.1):
        optimizer = torch.optim.Adam(self.parameters(), lr=lr)
        loss_fn = torch.nn.CrossEntropyLoss()
        for _ in range(epochs):
            self.out = self(X)
            loss = loss_fn(self.out, Y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.losses.append(loss.item())
        return self


model = Model(43052).fit(x, y, epochs)
yhat = torch.softmax(model.out, dim=1).detach()
# %% 1.3
print("1.2 vs 1.3:", (yhat - yhat_12).abs().max().item())
plt.plot(model.losses)
plt.title("1.3")
plt.show()
