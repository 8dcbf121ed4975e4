# task: 1.2
# kind: fault
# says: RMSprop with learning rate 0.1 in the place of Adam
# fails: fitted_values, predicts_next
# code: optimizer
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.RMSprop(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
T = len(x)
for epoc in range(epochs):
    ht = torch.zeros(8)
    H = torch.zeros(T, 8)
    for t in range(T):
        ht = rnncell(x[t], ht)
        H[t] = ht
    out = linr(H)
    loss = lossfn(out, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(out, dim=1).data
