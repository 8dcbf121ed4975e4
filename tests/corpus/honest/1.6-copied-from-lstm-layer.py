# task: 1.6
# kind: honest
# says: initial values from torch.nn.LSTM (same draws as LSTMCell), whole network in one Module, loss of each step summed over zip(x, y)
# fails: -
# code: -
# epochs: 50
# %% 1.6
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(43052)
        layer = torch.nn.LSTM(7, 4)
        self.out = torch.nn.Linear(4, 7)
        self.i2h = torch.nn.Linear(7, 16)
        self.h2h = torch.nn.Linear(4, 16)
        with torch.no_grad():
            self.i2h.weight[:] = layer.weight_ih_l0
            self.i2h.bias[:] = layer.bias_ih_l0
            self.h2h.weight[:] = layer.weight_hh_l0
            self.h2h.bias[:] = layer.bias_hh_l0

    def step(self, xt, h, c):
        a = self.i2h(xt) + self.h2h(h)
        s = torch.sigmoid(a)
        i, f, o = s[:4], s[4:8], s[12:]
        c = f * c + i * torch.tanh(a[8:12])
        return o * torch.tanh(c), c


net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h, c = torch.zeros(4), torch.zeros(4)
    loss = torch.tensor(0.0)
    rows = []
    for xt, yt in zip(x, y):
        h, c = net.step(xt, h, c)
        row = net.out(h)
        rows.append(row)
        loss = loss + loss_fn(row, yt)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.stack(rows).detach().softmax(dim=1)
