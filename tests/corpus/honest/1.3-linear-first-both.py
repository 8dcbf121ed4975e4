# task: 1.3
# kind: honest
# says: Linear built before RNNCell in 1.2 and in the copies of 1.3; the two are equal, only the order of creation is another
# fails: -
# code: creation_order
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
linear = torch.nn.Linear(8, 7)
cell = torch.nn.RNNCell(7, 8)
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


# %% 1.3
class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x_t, h):
        return torch.tanh(self.i2h(x_t) + self.h2h(h))


torch.manual_seed(43052)
linear = torch.nn.Linear(8, 7)
template = torch.nn.RNNCell(7, 8)
own = Own()
with torch.no_grad():
    own.i2h.weight.copy_(template.weight_ih)
    own.i2h.bias.copy_(template.bias_ih)
    own.h2h.weight.copy_(template.weight_hh)
    own.h2h.bias.copy_(template.bias_hh)
optimizer = torch.optim.Adam([*own.parameters(), *linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        h = own(x_t, h)
        hidden.append(h)
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
