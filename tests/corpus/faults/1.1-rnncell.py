# task: 1.1
# kind: fault
# says: RNNCell with a loop of its own where torch.nn.RNN was asked for: same numbers, but not the layer of this task
# fails: trains_layer
# code: wrong_layer
# epochs: 20
# %% 1.1
# 1.2랑 같은 방식으로 풀었습니다
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(rnncell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(1, 8)
    hidden = []
    for t in range(len(x)):
        ht = rnncell(x[[t]], ht)
        hidden.append(ht)
    hidden = torch.concat(hidden, dim=0)
    output = linr(hidden)
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
