# task: 1.3
# kind: fault
# says: manual_seed(43052) comes after the RNNCell and the Linear have been built, where it changes nothing
# fails: same_fit_as
# code: seeds_differ
# epochs: 20
# %% 1.3
class OwnRNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x_t, h):
        return torch.tanh(self.i2h(x_t) + self.h2h(h))


a = torch.nn.RNNCell(7, 8)
b = torch.nn.Linear(8, 7)
torch.manual_seed(43052)
cell = OwnRNN()
linear = torch.nn.Linear(8, 7)
cell.i2h.weight.data[:] = a.weight_ih.data
cell.i2h.bias.data[:] = a.bias_ih.data
cell.h2h.weight.data[:] = a.weight_hh.data
cell.h2h.bias.data[:] = a.bias_hh.data
linear.weight.data[:] = b.weight.data
linear.bias.data[:] = b.bias.data
loss_fn = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
