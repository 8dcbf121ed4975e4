# task: 1.5
# kind: honest
# says: zip loop, states (1,4), loss of each step averaged at the end; yhat2 only
# fails: -
# code: -
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
lstm_cell = torch.nn.LSTMCell(7, 4)
linr = torch.nn.Linear(4, 7)
loss_fn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(lstm_cell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(50):
    ht = torch.zeros(1, 4)
    ct = torch.zeros(1, 4)
    outs, losses = [], []
    for xt, yt in zip(x.split(1), y.split(1)):
        ht, ct = lstm_cell(xt, (ht, ct))
        ot = linr(ht)
        outs.append(ot)
        losses.append(loss_fn(ot, yt))
    loss = sum(losses) / len(losses)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
    if epoc % 10 == 0:
        print(epoc, loss.item())
yhat2 = torch.nn.Softmax(dim=1)(torch.cat(outs)).data
plt.matshow(yhat2[-15:])
