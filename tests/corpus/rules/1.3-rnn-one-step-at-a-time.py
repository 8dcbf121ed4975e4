# task: 1.3
# kind: rule
# says: torch.nn.RNN is fed one row at a time inside an own class: the loop is own, the cell is not
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class rnn_net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.r = torch.nn.RNN(7, 8)
        self.linr = torch.nn.Linear(8, 7)

    def forward(self, xt, h):
        o, h = self.r(xt.reshape(1, 7), h)
        return self.linr(o), h


torch.manual_seed(43052)
net = rnn_net()
lossfn = torch.nn.CrossEntropyLoss()
optim_ = torch.optim.Adam(net.parameters(), lr=0.1)
for epoc in range(epochs):
    h = torch.zeros(1, 8)
    o = []
    for xt in x:
        ot, h = net(xt, h)
        o.append(ot)
    output = torch.cat(o)
    loss = lossfn(output, y)
    loss.backward()
    optim_.step()
    optim_.zero_grad()
yhat = torch.nn.Softmax(dim=1)(output).detach()
