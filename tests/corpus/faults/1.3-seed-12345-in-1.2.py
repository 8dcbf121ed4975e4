# task: 1.3
# kind: fault
# says: 1.2 was run with seed 12345 and 1.3 with 43052: a right network, but not the fitted values of its own 1.2
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.2
torch.manual_seed(12345)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(8)
    hidden = []
    for xt in x:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data


# %% 1.3
class rNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.tanh = torch.nn.Tanh()

    def forward(self, x, hidden):
        return self.tanh(self.i2h(x) + self.h2h(hidden))


# %% 1.3
torch.manual_seed(43052)
_rnncell = torch.nn.RNNCell(7, 8)
_linr = torch.nn.Linear(8, 7)
rnncell = rNNCell()
linr = torch.nn.Linear(8, 7)
rnncell.i2h.weight.data = _rnncell.weight_ih.data
rnncell.i2h.bias.data = _rnncell.bias_ih.data
rnncell.h2h.weight.data = _rnncell.weight_hh.data
rnncell.h2h.bias.data = _rnncell.bias_hh.data
linr.weight.data = _linr.weight.data
linr.bias.data = _linr.bias.data
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
# %% 1.3
for epoc in range(epochs):
    ht = torch.zeros(8)
    hidden = []
    for xt in x:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
