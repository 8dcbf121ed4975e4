# task: 1.3
# kind: fault
# says: copies from `cell` and `linear` as 1.2 left them, which are trained, in the place of fresh ones
# fails: fitted_values, same_fit_as
# code: copied_values
# epochs: 20
# %% 1.3
class OwnCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, x_t, h):
        return torch.tanh(self.i2h(x_t) + self.h2h(h))


torch.manual_seed(43052)
own = OwnCell()
own.i2h.weight.data = cell.weight_ih.data.clone()  # 1.2의 rnncell
own.i2h.bias.data = cell.bias_ih.data.clone()
own.h2h.weight.data = cell.weight_hh.data.clone()
own.h2h.bias.data = cell.bias_hh.data.clone()
own_linear = torch.nn.Linear(8, 7)
own_linear.weight.data = linear.weight.data.clone()
own_linear.bias.data = linear.bias.data.clone()
own_optimizer = torch.optim.Adam([*own.parameters(), *own_linear.parameters()], lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    hs = []
    for x_t in x:
        h = own(x_t, h)
        hs.append(h)
    net_out = own_linear(torch.stack(hs))
    loss = torch.nn.functional.cross_entropy(net_out, y)
    own_optimizer.zero_grad()
    loss.backward()
    own_optimizer.step()
yhat = torch.softmax(net_out, dim=1).detach()
