# task: 1.5
# kind: fault
# says: h goes on from step to step but c is set back to zeros every time
# fails: fitted_values, predicts_next
# code: state_reset
# epochs: 50
# %% 1.5
torch.manual_seed(43052)
lstm_cell = torch.nn.LSTMCell(7, 4)
linr = torch.nn.Linear(4, 7)
lossfn = torch.nn.CrossEntropyLoss()
optimizr = torch.optim.Adam(list(lstm_cell.parameters()) + list(linr.parameters()), lr=0.1)
for epoc in range(epochs):
    ht = torch.zeros(4)
    hidden = []
    for xt in x:
        ct = torch.zeros(4)
        ht, ct = lstm_cell(xt, (ht, ct))
        hidden.append(ht)
    output = linr(torch.stack(hidden))
    loss = lossfn(output, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(output, dim=1).data
