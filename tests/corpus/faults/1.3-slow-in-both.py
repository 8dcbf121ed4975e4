# task: 1.3
# kind: fault
# says: learning rate 0.01 in 1.2 and in 1.3: equal to its own 1.2, but not what was asked
# fails: fitted_values, predicts_next
# code: learning_rate
# epochs: 20
# %% 1.2
def fit(cell, linear, lr):
    optimizer = torch.optim.Adam([*cell.parameters(), *linear.parameters()], lr=lr)
    for epoch in range(epochs):
        h = torch.zeros(8)
        hidden = []
        for x_t in x:
            h = cell(x_t, h)
            hidden.append(h)
        logits = linear(torch.stack(hidden))
        loss = torch.nn.functional.cross_entropy(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return torch.softmax(logits, dim=1).detach()


torch.manual_seed(43052)
yhat = fit(torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7), lr=0.01)
yhat_12 = yhat


# %% 1.3
class Own(torch.nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.i2h.weight.data, self.i2h.bias.data = cell.weight_ih.data, cell.bias_ih.data
        self.h2h.weight.data, self.h2h.bias.data = cell.weight_hh.data, cell.bias_hh.data

    def forward(self, x_t, h):
        return torch.tanh(self.i2h(x_t) + self.h2h(h))


torch.manual_seed(43052)
fresh_cell, fresh_linear = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
yhat = fit(Own(fresh_cell), fresh_linear, lr=0.01)
print((yhat - yhat_12).abs().max())
