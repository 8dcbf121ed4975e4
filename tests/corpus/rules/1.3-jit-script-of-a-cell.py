# task: 1.3
# kind: rule
# says: an RNNCell compiled by torch.jit.script is the own class's only part; its type's name is another now
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
import warnings

warnings.simplefilter("ignore")
torch.manual_seed(43052)


class ScriptedRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.step = torch.jit.script(torch.nn.RNNCell(7, 8))
        self.lnr = torch.nn.Linear(8, 7)

    def forward(self, X):
        h = torch.zeros(8)
        hidden = []
        for row in X:
            h = self.step(row, h)
            hidden.append(h)
        return self.lnr(torch.stack(hidden))


net = ScriptedRNN()
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
for epoc in range(epochs):
    out = net(x)
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
