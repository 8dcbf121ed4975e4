# task: 1.2
# kind: honest
# says: loop over zip(x, y), state (8,), the loss of every step added up and never divided; Adam hardly notices the factor
# fails: -
# code: -
# epochs: 20
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
cook = torch.nn.Linear(8, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(cook.parameters()), lr=0.1)
for epoc in range(20):
    ht = torch.zeros(8)
    loss = 0
    ot_list = []
    for xt, yt in zip(x, y):
        ht = rnncell(xt, ht)
        ot = cook(ht)
        ot_list.append(ot)
        loss = loss + loss_fn(ot, yt)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
    print(epoc, loss.item())
yhat = torch.softmax(torch.stack(ot_list), dim=1).data
