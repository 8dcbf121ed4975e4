# task: 1.6
# kind: fault
# says: copies `cell` and `linear` of 1.5 after their training
# fails: fitted_values, same_fit_as
# code: copied_values
# epochs: 50
# %% 1.6
class OwnLSTM(torch.nn.Module):
    def __init__(self, trained):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 16)
        self.h2h = torch.nn.Linear(4, 16)
        self.i2h.weight.data = trained.weight_ih.data
        self.i2h.bias.data = trained.bias_ih.data
        self.h2h.weight.data = trained.weight_hh.data
        self.h2h.bias.data = trained.bias_hh.data

    def forward(self, x_t, h, c):
        i, f, g, o = torch.chunk(self.i2h(x_t) + self.h2h(h), 4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


own_lstm = OwnLSTM(cell)
optimizer = torch.optim.Adam([*own_lstm.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h, c = torch.zeros(4), torch.zeros(4)
    hs = []
    for x_t in x:
        h, c = own_lstm(x_t, h, c)
        hs.append(h)
    net_out = linear(torch.stack(hs))
    loss = torch.nn.functional.cross_entropy(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
