# task: 1.6
# kind: rule
# says: an own class whose gates are computed by torch.ops.aten.lstm over the whole sequence
# fails: avoids_layers
# code: wrong_layer
# epochs: 50
# %% 1.6
class LongMemory(torch.nn.Module):
    def __init__(self, src, head):
        super().__init__()
        self.i2h, self.h2h, self.h2o = torch.nn.Linear(7, 16), torch.nn.Linear(4, 16), torch.nn.Linear(4, 7)
        self.i2h.load_state_dict({"weight": src.weight_ih, "bias": src.bias_ih})
        self.h2h.load_state_dict({"weight": src.weight_hh, "bias": src.bias_hh})
        self.h2o.load_state_dict(head.state_dict())

    def forward(self, X):
        z = torch.zeros(1, 1, 4)
        flat = [self.i2h.weight, self.h2h.weight, self.i2h.bias, self.h2h.bias]
        h = torch.ops.aten.lstm(X[:, None, :], [z, z], flat, True, 1, 0.0, True, False, False)[0]
        return self.h2o(h.squeeze(1))


torch.manual_seed(43052)
net = LongMemory(torch.nn.LSTMCell(7, 4), torch.nn.Linear(4, 7))
opt = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    logits = net(x)
    loss = torch.nn.CrossEntropyLoss()(logits, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
yhat = torch.softmax(logits, dim=1).detach().numpy()
