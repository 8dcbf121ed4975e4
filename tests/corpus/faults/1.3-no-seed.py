# task: 1.3
# kind: fault
# says: 1.2 sets a seed, 1.3 none: the fresh RNNCell is another one, so the fitted values are not those of 1.2
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.3
class MyCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W = torch.nn.Linear(7, 8)
        self.U = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        return (self.W(x) + self.U(h)).tanh()


src = torch.nn.RNNCell(7, 8)
src_out = torch.nn.Linear(8, 7)
cell = MyCell()
out = torch.nn.Linear(8, 7)
cell.W.weight.data = src.weight_ih.data.clone()
cell.W.bias.data = src.bias_ih.data.clone()
cell.U.weight.data = src.weight_hh.data.clone()
cell.U.bias.data = src.bias_hh.data.clone()
out.weight.data = src_out.weight.data.clone()
out.bias.data = src_out.bias.data.clone()
opt = torch.optim.Adam(list(cell.parameters()) + list(out.parameters()), lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(1, 8)
    rows = []
    for t in range(999):
        h = cell(x[[t]], h)
        rows.append(out(h))
    rows = torch.cat(rows)
    loss = torch.nn.CrossEntropyLoss()(rows, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = rows.softmax(1).detach()
