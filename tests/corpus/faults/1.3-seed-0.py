# task: 1.3
# kind: fault
# says: 1.2 asks for the seed 43052, 1.3 for the seed 0
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.3
class VanillaRNN(torch.nn.Module):
    def __init__(self, in_dim, hid_dim, out_dim):
        super().__init__()
        self.hid_dim = hid_dim
        self.ih = torch.nn.Linear(in_dim, hid_dim)
        self.hh = torch.nn.Linear(hid_dim, hid_dim)
        self.ho = torch.nn.Linear(hid_dim, out_dim)

    def load_from(self, cell, linear):
        self.ih.load_state_dict({"weight": cell.weight_ih, "bias": cell.bias_ih})
        self.hh.load_state_dict({"weight": cell.weight_hh, "bias": cell.bias_hh})
        self.ho.load_state_dict(linear.state_dict())
        return self

    def forward(self, seq):
        h = torch.zeros(self.hid_dim)
        out = []
        for s in seq:
            h = torch.tanh(self.ih(s) + self.hh(h))
            out.append(self.ho(h))
        return torch.stack(out)


SEED = 0
torch.manual_seed(SEED)
c0 = torch.nn.RNNCell(7, 8)
l0 = torch.nn.Linear(8, 7)
net = VanillaRNN(7, 8, 7).load_from(c0, l0)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    optimizer.zero_grad()
    logits = net(x)
    loss = loss_fn(logits, y)
    loss.backward()
    optimizer.step()
yhat = torch.softmax(logits, dim=1).detach()
