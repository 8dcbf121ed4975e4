# task: 1.6
# kind: honest
# says: own LSTM cell as a class, gates by split, filled by load_state_dict from an untrained LSTMCell
# fails: -
# code: -
# epochs: 50
# %% 1.6
class MyLSTMCell(torch.nn.Module):
    def __init__(self, n_in=7, n_hidden=4):
        super().__init__()
        self.n_hidden = n_hidden
        self.i2h = torch.nn.Linear(n_in, 4 * n_hidden)
        self.h2h = torch.nn.Linear(n_hidden, 4 * n_hidden)

    def forward(self, x_t, state):
        h, c = state
        gates = self.i2h(x_t) + self.h2h(h)
        i, f, g, o = gates.split(self.n_hidden, dim=-1)
        i, f, o = i.sigmoid(), f.sigmoid(), o.sigmoid()
        c = f * c + i * g.tanh()
        return o * c.tanh(), c


torch.manual_seed(43052)
given = torch.nn.LSTMCell(7, 4)
linear = torch.nn.Linear(4, 7)
own = MyLSTMCell()
own.i2h.load_state_dict({"weight": given.weight_ih, "bias": given.bias_ih})
own.h2h.load_state_dict({"weight": given.weight_hh, "bias": given.bias_hh})
optimizer = torch.optim.Adam([*own.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    state = torch.zeros(4), torch.zeros(4)
    hidden = []
    for x_t in x:
        state = own(x_t, state)
        hidden.append(state[0])
    net_out = linear(torch.stack(hidden))
    loss = loss_fn(net_out, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(net_out, dim=1).detach()
