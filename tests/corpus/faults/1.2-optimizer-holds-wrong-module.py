# task: 1.2
# kind: fault
# says: the optimizer is given the parameters of linr twice over two names; the cell is not in it (63 parameters)
# fails: parameter_count, fitted_values, predicts_next, trains_layer
# code: layer_not_trained
# epochs: 25
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
linr = torch.nn.Linear(8, 7)
net = torch.nn.Sequential(linr)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(net.parameters(), lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(8)
    hts = []
    for xt in x:
        ht = rnncell(xt, ht)
        hts.append(ht)
    output = net(torch.stack(hts))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
