# task: 1.3
# kind: honest
# says: the hand-written class bears the name RNNCell; a name is no rule broken
# fails: -
# code: -
# epochs: 20
# %% 1.3
torch.manual_seed(43052)
원본, linr0 = torch.nn.RNNCell(7, 8), torch.nn.Linear(8, 7)


class RNNCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight_ih = torch.nn.Parameter(원본.weight_ih.data.clone())
        self.weight_hh = torch.nn.Parameter(원본.weight_hh.data.clone())
        self.bias_ih = torch.nn.Parameter(원본.bias_ih.data.clone())
        self.bias_hh = torch.nn.Parameter(원본.bias_hh.data.clone())

    def forward(self, xt, h):
        return torch.tanh(
            torch.nn.functional.linear(xt, self.weight_ih, self.bias_ih)
            + torch.nn.functional.linear(h, self.weight_hh, self.bias_hh)
        )


cell = RNNCell()
linr = torch.nn.Linear(8, 7)
linr.load_state_dict(linr0.state_dict())
optimizr = torch.optim.Adam([*cell.parameters(), *linr.parameters()], lr=0.1)
lf = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = cell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    loss = lf(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
