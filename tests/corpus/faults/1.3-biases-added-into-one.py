# task: 1.3
# kind: fault
# says: h2h has no bias, i2h starts from the sum of both: equal before the first update, not after it (191 parameters)
# fails: parameter_count, fitted_values, same_fit_as
# code: bias_missing
# epochs: 25
# %% 1.3
class OneBias(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8, bias=True)
        self.h2h = torch.nn.Linear(8, 8, bias=False)
        self.i2h.weight.data = cell.weight_ih.data.clone()
        self.h2h.weight.data = cell.weight_hh.data.clone()
        self.i2h.bias.data = (cell.bias_ih + cell.bias_hh).data.clone()

    def forward(self, x, h):
        return torch.tanh(self.i2h(x) + self.h2h(h))


torch.manual_seed(43052)
cell_0 = torch.nn.RNNCell(7, 8)
linear = torch.nn.Linear(8, 7)
cell = OneBias(cell_0)
optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = []
    for x_t in x:
        h = cell(x_t, h)
        hidden.append(h)
    logits = linear(torch.stack(hidden))
    loss = loss_fn(logits, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(logits, dim=1).detach()
