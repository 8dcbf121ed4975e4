# task: 1.3
# kind: rule
# says: the class is own and right, but derived from nothing; 1.3 asks for a class derived from Module
# fails: trains_own_class
# code: -
# epochs: 20
# %% 1.3
class SimpleRNN:
    def __init__(self):
        torch.manual_seed(43052)
        cell, out = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
        self.i2h, self.h2h, self.h2o = torch.nn.Linear(7, 8), torch.nn.Linear(8, 8), torch.nn.Linear(8, 7)
        self.i2h.weight.data, self.i2h.bias.data = cell.weight_ih.data.clone(), cell.bias_ih.data.clone()
        self.h2h.weight.data, self.h2h.bias.data = cell.weight_hh.data.clone(), cell.bias_hh.data.clone()
        self.h2o.weight.data, self.h2o.bias.data = out.weight.data.clone(), out.bias.data.clone()

    def parameters(self):
        for part in (self.i2h, self.h2h, self.h2o):
            yield from part.parameters()

    def __call__(self, X):
        h = torch.zeros(8)
        hs = []
        for x_t in X:
            h = torch.tanh(self.i2h(x_t) + self.h2h(h))
            hs.append(h)
        return self.h2o(torch.stack(hs))


net = SimpleRNN()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for _ in range(epochs):
    netout = net(x)
    loss = loss_fn(netout, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(netout, dim=1).detach()
