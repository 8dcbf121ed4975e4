# task: 1.6
# kind: honest
# says: eight Linears, one pair a gate, copied from slices of an untrained LSTMCell; 208 + 35 parameters and the same function
# fails: -
# code: -
# epochs: 50
# %% 1.6
class FourGates(torch.nn.Module):
    def __init__(self, source):
        super().__init__()
        self.x_lin = torch.nn.ModuleList(torch.nn.Linear(7, 4) for _ in range(4))
        self.h_lin = torch.nn.ModuleList(torch.nn.Linear(4, 4) for _ in range(4))
        with torch.no_grad():
            for k in range(4):
                rows = slice(k * 4, (k + 1) * 4)
                self.x_lin[k].weight.copy_(source.weight_ih[rows])
                self.x_lin[k].bias.copy_(source.bias_ih[rows])
                self.h_lin[k].weight.copy_(source.weight_hh[rows])
                self.h_lin[k].bias.copy_(source.bias_hh[rows])

    def forward(self, xt, h, c):
        i, f, g, o = [a(xt) + b(h) for a, b in zip(self.x_lin, self.h_lin)]
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


torch.manual_seed(43052)
lstmcell = torch.nn.LSTMCell(7, 4)
linear = torch.nn.Linear(4, 7)
four = FourGates(lstmcell)
print(sum(p.numel() for p in four.parameters()))  # 208
optimizer = torch.optim.Adam(list(four.parameters()) + list(linear.parameters()), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(4)
    c = torch.zeros(4)
    hidden = []
    for xt in x:
        h, c = four(xt, h, c)
        hidden.append(h)
    score = linear(torch.stack(hidden))
    loss = loss_fn(score, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(score, dim=1).detach()
