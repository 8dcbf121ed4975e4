# task: 1.1
# kind: honest
# says: a Module whose __init__ makes the head before the RNN; only the order of creation differs from what was asked
# fails: -
# code: creation_order
# epochs: 25
# %% 1.1
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(8, 7)
        self.body = torch.nn.RNN(7, 8)

    def forward(self, s, h=None):
        out, h = self.body(s, h)
        return self.head(out), h


torch.manual_seed(43052)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
n = 0
while n < epochs:
    out, _ = net(x, torch.zeros(1, 8))
    optimizer.zero_grad()
    loss_fn(out, y).backward()
    optimizer.step()
    n += 1
yhat = torch.softmax(net(x)[0], 1).detach()
