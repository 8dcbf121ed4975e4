# task: 1.6
# kind: honest
# says: LSTMCell is the source of initial values and a type in an annotation; the gates are own
# fails: -
# code: -
# epochs: 50
# %% 1.6
class LSTMByHand(torch.nn.Module):
    def __init__(self, like: torch.nn.LSTMCell, head: torch.nn.Linear):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 16)
        self.h2h = torch.nn.Linear(4, 16)
        self.head = torch.nn.Linear(4, 7)
        self.i2h.load_state_dict({"weight": like.weight_ih, "bias": like.bias_ih})
        self.h2h.load_state_dict({"weight": like.weight_hh, "bias": like.bias_hh})
        self.head.load_state_dict(head.state_dict())
        self.like = [like]  # kept for comparison, never called

    def forward(self, X):
        h, c = torch.zeros(4), torch.zeros(4)
        hs = []
        pre = self.i2h(X)
        for row in pre:
            i, f, g, o = (row + self.h2h(h)).split(4)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            hs.append(h)
        return self.head(torch.stack(hs))


torch.manual_seed(43052)
net = LSTMByHand(torch.nn.LSTMCell(7, 4), torch.nn.Linear(4, 7))
opt = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for _ in range(epochs):
    out = net(x)
    loss = loss_fn(out, y)
    loss.backward()
    opt.step()
    opt.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
