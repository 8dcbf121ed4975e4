# task: 1.3
# kind: rule
# says: raw Parameters in an own class, stepped through torch.rnn_tanh_cell (the function below RNNCell)
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
torch.manual_seed(43052)
a = torch.nn.RNNCell(7, 8)
b = torch.nn.Linear(8, 7)


class Handmade(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.W, self.U = (torch.nn.Parameter(p.detach().clone()) for p in (a.weight_ih, a.weight_hh))
        self.b1, self.b2 = (torch.nn.Parameter(p.detach().clone()) for p in (a.bias_ih, a.bias_hh))
        self.V = torch.nn.Parameter(b.weight.detach().clone())
        self.c = torch.nn.Parameter(b.bias.detach().clone())

    def forward(self, seq):
        h = torch.zeros(1, 8)
        rows = []
        for i in range(seq.shape[0]):
            h = torch.rnn_tanh_cell(seq[i : i + 1], h, self.W, self.U, self.b1, self.b2)
            rows.append(h @ self.V.T + self.c)
        return torch.cat(rows)


net = Handmade()
opt = torch.optim.Adam(net.parameters(), lr=0.1)
for k in range(epochs):
    opt.zero_grad()
    z = net(x)
    torch.nn.functional.cross_entropy(z, y).backward()
    opt.step()
yhat = torch.softmax(z.detach(), dim=-1)
