# task: 1.6
# kind: fault
# says: sigmoid is taken of all sixteen values, g included
# fails: fitted_values, predicts_next, same_fit_as
# code: activation
# epochs: 50
# %% 1.6
class LSTM_(torch.nn.Module):
    def __init__(self, i, h):
        super().__init__()
        self.i2h = torch.nn.Linear(i, 4 * h)
        self.h2h = torch.nn.Linear(h, 4 * h)
        self.n = h

    def forward(self, seq):
        h, c = torch.zeros(self.n), torch.zeros(self.n)
        result = []
        for s in seq:
            i, f, g, o = torch.sigmoid(self.i2h(s) + self.h2h(h)).view(4, self.n)
            c = f * c + i * g
            h = o * torch.tanh(c)
            result.append(h)
        return torch.stack(result)


torch.manual_seed(43052)
c0 = torch.nn.LSTMCell(7, 4)
fc = torch.nn.Linear(4, 7)
own = LSTM_(7, 4)
with torch.no_grad():
    own.i2h.weight[:] = c0.weight_ih
    own.i2h.bias[:] = c0.bias_ih
    own.h2h.weight[:] = c0.weight_hh
    own.h2h.bias[:] = c0.bias_hh
net = torch.nn.Sequential(own, fc)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    out = net(x)
    loss = torch.nn.functional.cross_entropy(out, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = out.softmax(dim=1).detach()
