# task: 1.3
# kind: fault
# says: the own cell, which is the whole network in one class, uses sigmoid in the place of tanh
# fails: fitted_values, same_fit_as
# code: activation
# epochs: 25
# %% 1.3
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        rc = torch.nn.RNNCell(7, 8)
        lin = torch.nn.Linear(8, 7)
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.h2o = lin
        self.i2h.weight = torch.nn.Parameter(rc.weight_ih.data)
        self.i2h.bias = torch.nn.Parameter(rc.bias_ih.data)
        self.h2h.weight = torch.nn.Parameter(rc.weight_hh.data)
        self.h2h.bias = torch.nn.Parameter(rc.bias_hh.data)

    def forward(self, x):
        h = torch.zeros(8)
        ys = []
        for row in x:
            h = torch.sigmoid(self.i2h(row) + self.h2h(h))
            ys.append(self.h2o(h))
        return torch.stack(ys)


torch.manual_seed(43052)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
for _ in range(epochs):
    o = net(x)
    opt.zero_grad()
    lossfn(o, y).backward()
    opt.step()
yhat = torch.nn.functional.softmax(o, dim=1).detach()
