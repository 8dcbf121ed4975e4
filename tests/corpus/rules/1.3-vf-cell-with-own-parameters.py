# task: 1.3
# kind: rule
# says: own parameters, but the cell's arithmetic is RNNCell's own function torch._VF.rnn_tanh_cell
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
from torch import _VF


class Cell(torch.nn.Module):
    def __init__(self, src):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.i2h.load_state_dict({"weight": src.weight_ih, "bias": src.bias_ih})
        self.h2h.load_state_dict({"weight": src.weight_hh, "bias": src.bias_hh})

    def forward(self, x, h):
        return _VF.rnn_tanh_cell(x, h, self.i2h.weight, self.h2h.weight, self.i2h.bias, self.h2h.bias)


torch.manual_seed(43052)
_src = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
cell = Cell(_src)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*cell.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(1, 8)
    hs = []
    for xt in x:
        ht = cell(xt[None], ht)
        hs.append(ht)
    net_out = linr(torch.cat(hs))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(net_out, 1).detach()
