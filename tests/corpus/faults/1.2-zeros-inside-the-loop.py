# task: 1.2
# kind: fault
# says: ht = zeros stands inside the loop over time instead of in front of it
# fails: fitted_values, predicts_next
# code: state_reset
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)

for epoc in range(epochs):
    loss = 0
    for xx, yy in zip(x, y):
        ht = torch.zeros(8)
        ht = rnncell(xx, ht)
        ot = linr(ht)
        loss = loss + lossfn(ot, yy)
    loss = loss / len(x)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
