# task: 1.3
# kind: rule
# says: the forbidden cell is called through torch.ops.aten, below every name that torch.nn uses
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
aten = torch.ops.aten


class AtenRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, xt, ht):
        return aten.rnn_tanh_cell(xt, ht, self.i2h.weight, self.h2h.weight, self.i2h.bias, self.h2h.bias)


torch.manual_seed(43052)
tmp = torch.nn.RNNCell(7, 8)
cook = torch.nn.Linear(8, 7)
rnn = AtenRNN()
rnn.i2h.weight.data[...] = tmp.weight_ih.data
rnn.i2h.bias.data[...] = tmp.bias_ih.data
rnn.h2h.weight.data[...] = tmp.weight_hh.data
rnn.h2h.bias.data[...] = tmp.bias_hh.data
lossf = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam(list(rnn.parameters()) + list(cook.parameters()), lr=0.1)
for ep in range(epochs):
    ht, acc = torch.zeros(1, 8), []
    for xt in x.split(1):
        ht = rnn(xt, ht)
        acc.append(ht)
    out = cook(torch.cat(acc))
    loss = lossf(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
