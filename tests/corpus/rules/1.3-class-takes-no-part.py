# task: 1.3
# kind: rule
# says: a fine class of one's own is written down and even built, but an RNNCell is what is trained
# fails: trains_own_class, avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class MyRNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


mycell = MyRNNCell()

torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    net_out = linr(torch.stack(hs))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
