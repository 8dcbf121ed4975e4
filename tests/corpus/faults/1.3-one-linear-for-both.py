# task: 1.3
# kind: fault
# says: one Linear(15, 8) over [x, h], so only one bias, filled from bias_ih alone
# fails: parameter_count, fitted_values, same_fit_as
# code: bias_missing
# epochs: 25
# %% 1.3
class ConcatCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(7 + 8, 8)

    def forward(self, x, h):
        return torch.tanh(self.fc(torch.cat([x, h], dim=-1)))


torch.manual_seed(43052)
rc = torch.nn.RNNCell(7, 8)
fc_out = torch.nn.Linear(8, 7)
cc = ConcatCell()
cc.fc.weight.data = torch.cat([rc.weight_ih.data, rc.weight_hh.data], dim=1)
cc.fc.bias.data = rc.bias_ih.data
params = list(cc.parameters()) + list(fc_out.parameters())
print(sum(p.numel() for p in params))
optimizer = torch.optim.Adam(params, lr=0.1)
for epoch in range(epochs):
    h = torch.zeros(8)
    ys = []
    for xt in x:
        h = cc(xt, h)
        ys.append(fc_out(h))
    ys = torch.stack(ys)
    loss = torch.nn.CrossEntropyLoss()(ys, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(ys, -1).detach()
