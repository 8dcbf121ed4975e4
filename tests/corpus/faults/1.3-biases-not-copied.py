# task: 1.3
# kind: fault
# says: only the weights are copied; the biases of all three layers stay as they were drawn
# fails: fitted_values, same_fit_as
# code: initial_values
# epochs: 25
# %% 1.3
class ScratchCell(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, i, h):
        return torch.tanh(self.i2h(i) + self.h2h(h))


torch.manual_seed(43052)
r = torch.nn.RNNCell(7, 8)
l = torch.nn.Linear(8, 7)
scratch = ScratchCell()
output_layer = torch.nn.Linear(8, 7)
scratch.i2h.weight.data = r.weight_ih.data
scratch.h2h.weight.data = r.weight_hh.data
output_layer.weight.data = l.weight.data
optimizer = torch.optim.Adam(list(scratch.parameters()) + list(output_layer.parameters()), lr=0.1)
for e in range(epochs):
    h = torch.zeros(8)
    logits = []
    for i in x:
        h = scratch(i, h)
        logits += [output_layer(h)]
    logits = torch.stack(logits)
    loss = torch.nn.CrossEntropyLoss()(logits, y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
yhat = torch.softmax(logits, 1).data
