# task: 1.3
# kind: honest
# says: the class builds an RNNCell in its constructor only to copy from it, and lets it go
# fails: -
# code: -
# epochs: 20
# %% 1.3
class RNN_(torch.nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(43052)
        fresh, head = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.h2o = torch.nn.Linear(8, 7)
        self.i2h.load_state_dict({"weight": fresh.weight_ih, "bias": fresh.bias_ih})
        self.h2h.load_state_dict({"weight": fresh.weight_hh, "bias": fresh.bias_hh})
        self.h2o.load_state_dict(head.state_dict())

    def forward(self, X):
        h = torch.zeros(8)
        ys = []
        for xt in X:
            h = torch.tanh(self.i2h(xt) + self.h2h(h))
            ys.append(self.h2o(h))
        return torch.stack(ys)


net = RNN_()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    out = net(x)
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
