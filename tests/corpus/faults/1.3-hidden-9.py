# task: 1.3
# kind: fault
# says: 9 hidden nodes, in the RNNCell that is copied from as well
# fails: parameter_count, fitted_values, same_fit_as
# code: hidden_size
# epochs: 25
# %% 1.3
N_IN, N_HID = 7, 9


class Recurrent(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(N_IN, N_HID)
        self.h2h = torch.nn.Linear(N_HID, N_HID)

    def forward(self, xs):
        h = torch.zeros(N_HID)
        hs = []
        for v in xs:
            h = torch.tanh(self.i2h(v) + self.h2h(h))
            hs.append(h)
        return torch.stack(hs)


torch.manual_seed(43052)
template = torch.nn.RNNCell(N_IN, N_HID)
readout = torch.nn.Linear(N_HID, N_IN)
own = Recurrent()
own.i2h.weight.data.copy_(template.weight_ih)
own.i2h.bias.data.copy_(template.bias_ih)
own.h2h.weight.data.copy_(template.weight_hh)
own.h2h.bias.data.copy_(template.bias_hh)
optimizer = torch.optim.Adam([*own.parameters(), *readout.parameters()], lr=0.1)
for epoch in range(epochs):
    logits = readout(own(x))
    loss = torch.nn.functional.cross_entropy(logits, codes[1:])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
yhat = torch.softmax(logits, dim=1).detach()
