# task: 1.6
# kind: rule
# says: an own class around torch.nn.LSTMCell, which is trained
# fails: avoids_layers
# code: wrong_layer
# epochs: 50
# %% 1.6
class MyLSTM(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gates = torch.nn.LSTMCell(7, 4)
        self.final = torch.nn.Linear(4, 7)

    def forward(self, X):
        state = (torch.zeros(4), torch.zeros(4))
        hs = []
        for xt in X:
            state = self.gates(xt, state)
            hs.append(state[0])
        return self.final(torch.stack(hs))


torch.manual_seed(43052)
net = MyLSTM()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    out = net(x)
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
