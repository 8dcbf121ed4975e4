# task: 1.3
# kind: fault
# says: the optimizer was built from the own cell only; the copied output layer never changes
# fails: parameter_count, fitted_values, predicts_next, same_fit_as
# code: layer_not_trained
# epochs: 25
# %% 1.3
class rnn_cell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        h = self.i2h(x) + self.h2h(h)
        h = torch.tanh(h)
        return h


torch.manual_seed(43052)
_cell = torch.nn.RNNCell(7, 8)
_linr = torch.nn.Linear(8, 7)
rnncell = rnn_cell()
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam(rnncell.parameters(), lr=0.1)
rnncell.i2h.weight.data = _cell.weight_ih.data
rnncell.i2h.bias.data = _cell.bias_ih.data
rnncell.h2h.weight.data = _cell.weight_hh.data
rnncell.h2h.bias.data = _cell.bias_hh.data
linr.weight.data = _linr.weight.data
linr.bias.data = _linr.bias.data
for epoc in range(epochs):
    ht = torch.zeros(8)
    loss = 0
    for xx, yy in zip(x, y):
        ht = rnncell(xx, ht)
        loss = loss + torch.nn.functional.cross_entropy(linr(ht), yy)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
