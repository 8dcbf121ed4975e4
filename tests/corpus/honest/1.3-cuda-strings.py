# task: 1.3
# kind: honest
# says: "cuda:0" everywhere and .cuda(), layers built on the CPU and moved, weights copied after the move; own 1.2 likewise
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8).to("cuda:0")
linr = torch.nn.Linear(8, 7).to("cuda:0")
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
xx, yy = x.to("cuda:0"), y.to("cuda:0")
for epoc in range(20):
    ht = torch.zeros(8, device="cuda:0")
    hidden = []
    for xt in xx:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = loss_fn(output, yy)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.nn.Softmax(dim=1)(output).data.to("cpu")


# %% 1.3
class Scratch(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)
        self.tanh = torch.nn.Tanh()

    def forward(self, xt, ht):
        return self.tanh(self.i2h(xt) + self.h2h(ht))


torch.manual_seed(43052)
_cell = torch.nn.RNNCell(7, 8).cuda()
_linr = torch.nn.Linear(8, 7).cuda()
scratch = Scratch().cuda()
linr = torch.nn.Linear(8, 7).cuda()
scratch.i2h.weight.data = _cell.weight_ih.data.clone()
scratch.i2h.bias.data = _cell.bias_ih.data.clone()
scratch.h2h.weight.data = _cell.weight_hh.data.clone()
scratch.h2h.bias.data = _cell.bias_hh.data.clone()
linr.weight.data = _linr.weight.data.clone()
linr.bias.data = _linr.bias.data.clone()
optimizr = torch.optim.Adam(list(scratch.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(20):
    ht = torch.zeros(8).to("cuda:0")
    hidden = []
    for xt in xx:
        ht = scratch(xt, ht)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = loss_fn(output, yy)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.nn.Softmax(dim=1)(output).data.to("cpu")
