# task: 1.3
# kind: honest
# says: weights copied by .data assignment (shared storage with an untrained cell), optimizer made before the copy, loss summed; own 1.2 in the same style
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
cook = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(cook.parameters()), lr=0.1)
for epoc in range(20):
    ht = torch.zeros(8)
    loss = 0
    ots = []
    for xt, yt in zip(x, y):
        ht = rnncell(xt, ht)
        ot = cook(ht)
        loss = loss + loss_fn(ot, yt)
        ots.append(ot)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(torch.stack(ots), dim=1).data


# %% 1.3
class rNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.tanh = torch.nn.Tanh()

    def forward(self, x, hidden):
        hidden = self.tanh(self.i2h(x) + self.h2h(hidden))
        return hidden


# %% 1.3
torch.manual_seed(43052)
_rnncell = torch.nn.RNNCell(7, 8)
_cook = torch.nn.Linear(8, 7)
rnncell = rNNCell()
cook = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(cook.parameters()), lr=0.1)
## 초기값 동일하게
rnncell.i2h.weight.data = _rnncell.weight_ih.data
rnncell.h2h.weight.data = _rnncell.weight_hh.data
rnncell.i2h.bias.data = _rnncell.bias_ih.data
rnncell.h2h.bias.data = _rnncell.bias_hh.data
cook.weight.data = _cook.weight.data
cook.bias.data = _cook.bias.data
# %% 1.3
for epoc in range(20):
    ht = torch.zeros(8)
    loss = 0
    ots = []
    for xt, yt in zip(x, y):
        ht = rnncell(xt, ht)
        ot = cook(ht)
        loss = loss + loss_fn(ot, yt)
        ots.append(ot)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(torch.stack(ots), dim=1).data
yhat
