# task: 1.3
# kind: fault
# says: the own cell is copied from a fresh RNNCell, but the output layer goes on being the trained one of 1.2
# fails: fitted_values, same_fit_as
# code: copied_values
# epochs: 20
# %% 1.3
class RCell(torch.nn.Module):
    def __init__(self, base):
        super().__init__()
        self.fx = torch.nn.Linear(7, 8)
        self.fh = torch.nn.Linear(8, 8)
        with torch.no_grad():
            self.fx.weight.copy_(base.weight_ih)
            self.fx.bias.copy_(base.bias_ih)
            self.fh.weight.copy_(base.weight_hh)
            self.fh.bias.copy_(base.bias_hh)

    def forward(self, x, h):
        return torch.tanh(self.fx(x) + self.fh(h))


torch.manual_seed(43052)
rcell = RCell(torch.nn.RNNCell(7, 8))
# linear는 1.2에서 만든 것을 그대로 사용
optimizer = torch.optim.Adam([*rcell.parameters(), *linear.parameters()], lr=0.1)
loss_fn = torch.nn.CrossEntropyLoss()
for epoch in range(epochs):
    h = torch.zeros(8)
    loss = torch.tensor(0.0)
    outs = []
    for x_t, y_t in zip(x, y):
        h = rcell(x_t, h)
        o = linear(h)
        outs.append(o)
        loss = loss + loss_fn(o, y_t)
    loss = loss / 999
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(torch.stack(outs), dim=1).detach()
