# task: 1.6
# kind: fault
# says: the 16 values are read as i, o, f, g
# fails: fitted_values, same_fit_as
# code: gate_order
# epochs: 50
# %% 1.6
class MyLSTM(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 16)
        self.h2h = torch.nn.Linear(4, 16)

    def forward(self, x, hc):
        h, c = hc
        z = self.i2h(x) + self.h2h(h)
        ifo = torch.sigmoid(z[:12])
        i, o, f = ifo[:4], ifo[4:8], ifo[8:]
        g = torch.tanh(z[12:])
        c = f * c + i * g
        return o * torch.tanh(c), c


torch.manual_seed(43052)
source = torch.nn.LSTMCell(7, 4)
linear = torch.nn.Linear(4, 7)
cell = MyLSTM()
cell.i2h.weight.data = source.weight_ih.data
cell.i2h.bias.data = source.bias_ih.data
cell.h2h.weight.data = source.weight_hh.data
cell.h2h.bias.data = source.bias_hh.data
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h, c = torch.zeros(4), torch.zeros(4)
    hidden = []
    for x_t in x:
        h, c = cell(x_t, (h, c))
        hidden.append(h)
    out = linear(torch.stack(hidden))
    loss = loss_fn(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
