# task: 1.6
# kind: fault
# says: i2h and h2h keep their own random values
# fails: fitted_values, same_fit_as
# code: initial_values
# epochs: 50
# %% 1.6
torch.manual_seed(43052)
i2h = torch.nn.Linear(7, 16)
h2h = torch.nn.Linear(4, 16)
linr = torch.nn.Linear(4, 7)
params = list(i2h.parameters()) + list(h2h.parameters()) + list(linr.parameters())
optimizr = torch.optim.Adam(params, lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    ht = torch.zeros(4)
    ct = torch.zeros(4)
    hidden = []
    for xt in x:
        it, ft, gt, ot = (i2h(xt) + h2h(ht)).split(4)
        ct = torch.sigmoid(ft) * ct + torch.sigmoid(it) * torch.tanh(gt)
        ht = torch.sigmoid(ot) * torch.tanh(ct)
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
