# task: 1.3
# kind: rule
# says: the tanh formula is own, but the network contains an RNNCell and trains that cell's weights
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class Net13(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnncell = torch.nn.RNNCell(7, 8)
        self.linr = torch.nn.Linear(8, 7)

    def forward(self, xs):
        c = self.rnncell
        h, hs = torch.zeros(8), []
        for v in xs:
            h = torch.tanh(v @ c.weight_ih.T + c.bias_ih + h @ c.weight_hh.T + c.bias_hh)
            hs.append(h)
        return self.linr(torch.stack(hs))


torch.manual_seed(43052)
net = Net13()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    yy = net(x)
    loss = loss_fn(yy, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(yy, 1).detach()
