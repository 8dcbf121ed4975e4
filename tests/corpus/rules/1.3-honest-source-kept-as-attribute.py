# task: 1.3
# kind: honest
# says: the RNNCell copied from stays in the class as a registered attribute; it never runs nor is stepped, though the optimizer was handed net.parameters() with it
# fails: -
# code: -
# epochs: 20
# %% 1.3
class Copycat(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.source = torch.nn.RNNCell(7, 8)
        self.out = torch.nn.Linear(8, 7)
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        with torch.no_grad():
            self.i2h.weight.copy_(self.source.weight_ih)
            self.i2h.bias.copy_(self.source.bias_ih)
            self.h2h.weight.copy_(self.source.weight_hh)
            self.h2h.bias.copy_(self.source.bias_hh)

    def forward(self, X):
        state = torch.zeros(1, 8)
        states = []
        for xt in X.split(1):
            state = torch.tanh(self.i2h(xt) + self.h2h(state))
            states.append(state)
        return self.out(torch.cat(states))


torch.manual_seed(43052)
net = Copycat()
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
for epoc in range(epochs):
    output = net(x)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(net(x), dim=1).detach()
