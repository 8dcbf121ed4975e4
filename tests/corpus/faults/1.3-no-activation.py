# task: 1.3
# kind: fault
# says: no activation at all: the own cell adds its two parts and is linear
# fails: fitted_values, predicts_next, same_fit_as
# code: activation
# epochs: 25
# %% 1.3
torch.manual_seed(43052)
rnncell0 = torch.nn.RNNCell(7, 8)
linr0 = torch.nn.Linear(8, 7)


class MyRNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, xt, ht):
        return self.i2h(xt) + self.h2h(ht)


rnncell = MyRNNCell()
linr = torch.nn.Linear(8, 7)
for mine, theirs in zip(
    rnncell.parameters(), [rnncell0.weight_ih, rnncell0.bias_ih, rnncell0.weight_hh, rnncell0.bias_hh]
):
    mine.data = theirs.data
linr.weight.data, linr.bias.data = linr0.weight.data, linr0.bias.data
optimizr = torch.optim.Adam([{"params": rnncell.parameters()}, {"params": linr.parameters()}], lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(1, 8)
    hidden = []
    for t in range(len(x)):
        ht = rnncell(x[[t]], ht)
        hidden.append(ht)
    output = linr(torch.cat(hidden))
    loss = torch.nn.functional.cross_entropy(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
