# task: 1.3
# kind: rule
# says: the own class is only a wrapper around torch.nn.RNNCell, which does all the work and is trained
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class MyRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = torch.nn.RNNCell(7, 8)
        self.out = torch.nn.Linear(8, 7)

    def forward(self, X):
        h = torch.zeros(8)
        hs = []
        for xt in X:
            h = self.cell(xt, h)
            hs.append(h)
        return self.out(torch.stack(hs))


torch.manual_seed(43052)
net = MyRNN()
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
for epoc in range(epochs):
    output = net(x)
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.nn.functional.softmax(output, dim=1).data
