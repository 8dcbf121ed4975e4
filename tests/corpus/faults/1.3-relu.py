# task: 1.3
# kind: fault
# says: the own cell uses relu in the place of tanh
# fails: fitted_values, same_fit_as
# code: activation
# epochs: 25
# %% 1.3
class MyRNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.act = torch.nn.ReLU()

    def forward(self, x, h):
        return self.act(self.i2h(x) + self.h2h(h))


torch.manual_seed(43052)
temp_cell, temp_linear = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)
mycell, mylinear = MyRNNCell(), torch.nn.Linear(8, 7)
mycell.load_state_dict(
    {
        "i2h.weight": temp_cell.weight_ih,
        "i2h.bias": temp_cell.bias_ih,
        "h2h.weight": temp_cell.weight_hh,
        "h2h.bias": temp_cell.bias_hh,
    }
)
mylinear.load_state_dict(temp_linear.state_dict())
optimizer = torch.optim.Adam([*mycell.parameters(), *mylinear.parameters()], lr=0.1)
criterion = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    hidden = torch.zeros(999, 8)
    for t in range(999):
        h = mycell(x[t], h)
        hidden[t] = h
    output = mylinear(hidden)
    loss = criterion(output, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(output, dim=1).detach()
