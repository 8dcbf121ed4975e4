# task: 1.3
# kind: fault
# says: the class keeps its state in self.h and detaches it at every step
# fails: fitted_values, same_fit_as
# code: state_detached
# epochs: 25
# %% 1.3
class StatefulCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.reset()

    def reset(self):
        self.h = torch.zeros(8)

    def forward(self, x_t):
        h = torch.tanh(self.i2h(x_t) + self.h2h(self.h))
        self.h = h.detach()
        return h


torch.manual_seed(43052)
source = torch.nn.RNNCell(7, 8)
out_source = torch.nn.Linear(8, 7)
stateful = StatefulCell()
stateful.i2h.weight.data = source.weight_ih.data
stateful.i2h.bias.data = source.bias_ih.data
stateful.h2h.weight.data = source.weight_hh.data
stateful.h2h.bias.data = source.bias_hh.data
net = torch.nn.ModuleList([stateful, out_source])
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
for epoch in range(epochs):
    stateful.reset()
    logits = out_source(torch.stack([stateful(v) for v in x]))
    loss = torch.nn.CrossEntropyLoss()(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = logits.softmax(1).detach()
