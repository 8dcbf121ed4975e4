# task: 1.3
# kind: honest
# says: 1.2 and 1.3 both use seed 12345, so 1.3 equals the student's own 1.2; the seed's number is no fault
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(12345)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(20):
    hidden = []
    ht = torch.zeros(8)
    for xt in x:
        ht = rnncell(xt, ht)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
# %% 1.2
plt.matshow(torch.softmax(output, dim=1).data[-15:])


# %% 1.3
class Hello(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.i2h = torch.nn.Linear(7, 8)
        self.h2h = torch.nn.Linear(8, 8)

    def forward(self, xt, ht):
        return torch.tanh(self.i2h(xt) + self.h2h(ht))


hello = Hello()
linr2 = torch.nn.Linear(8, 7)
torch.manual_seed(12345)
tmp1 = torch.nn.RNNCell(7, 8)
tmp2 = torch.nn.Linear(8, 7)
hello.i2h.weight.data = tmp1.weight_ih.data.clone()
hello.i2h.bias.data = tmp1.bias_ih.data.clone()
hello.h2h.weight.data = tmp1.weight_hh.data.clone()
hello.h2h.bias.data = tmp1.bias_hh.data.clone()
linr2.weight.data = tmp2.weight.data.clone()
linr2.bias.data = tmp2.bias.data.clone()
optimizr = torch.optim.Adam(list(hello.parameters()) + list(linr2.parameters()), lr=0.1)
for epoc in range(20):
    hidden = []
    ht = torch.zeros(8)
    for xt in x:
        ht = hello(xt, ht)
        hidden.append(ht)
    output = linr2(torch.stack(hidden))
    loss = loss_fn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
# %% 1.3
plt.matshow(torch.softmax(output, dim=1).data[-15:])
