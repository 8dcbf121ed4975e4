# task: 1.3
# kind: fault
# says: the class keeps h2h in a plain list, so parameters() does not know it and it is never trained
# fails: parameter_count, fitted_values, same_fit_as
# code: layer_not_trained
# epochs: 25
# %% 1.3
class RNNFromScratch(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.layers = [torch.nn.Linear(8, 8)]  # h2h
        self.h2o = torch.nn.Linear(8, 7)

    def forward(self, seq):
        h = torch.zeros(8)
        for s in seq:
            h = torch.tanh(self.i2h(s) + self.layers[0](h))
            yield self.h2o(h)


torch.manual_seed(43052)
c = torch.nn.RNNCell(7, 8)
l = torch.nn.Linear(8, 7)
net = RNNFromScratch()
with torch.no_grad():
    net.i2h.weight.copy_(c.weight_ih)
    net.i2h.bias.copy_(c.bias_ih)
    net.layers[0].weight.copy_(c.weight_hh)
    net.layers[0].bias.copy_(c.bias_hh)
    net.h2o.weight.copy_(l.weight)
    net.h2o.bias.copy_(l.bias)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    out = torch.stack(list(net.forward(x)))
    loss = torch.nn.functional.cross_entropy(out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
