# task: 1.3
# kind: rule
# says: the own class registers an RNNCell's weights as its own, hides the cell in a list and runs its forward
# fails: avoids_layers
# code: wrong_layer
# epochs: 20
# %% 1.3
class Own(torch.nn.Module):
    def __init__(self):
        super().__init__()
        hidden_cell = torch.nn.RNNCell(7, 8)
        self._box = [hidden_cell]  # a list, so it is not in .children()
        self.w_ih = hidden_cell.weight_ih
        self.w_hh = hidden_cell.weight_hh
        self.b_ih = hidden_cell.bias_ih
        self.b_hh = hidden_cell.bias_hh

    def forward(self, xt, h):
        return self._box[0].forward(xt, h)


torch.manual_seed(43052)
rnncell = Own()
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam([*rnncell.parameters(), *linr.parameters()], lr=0.1)
for epoc in range(epochs):
    h = torch.zeros(8)
    hs = []
    for xt in x:
        h = rnncell(xt, h)
        hs.append(h)
    out = linr(torch.stack(hs))
    loss = loss_fn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).detach()
