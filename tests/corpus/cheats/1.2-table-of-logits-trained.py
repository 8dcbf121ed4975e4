# task: 1.2
# kind: cheat
# says: a free table of 999 x 7 logits is trained; RNNCell and Linear stand in the optimizer without a gradient
# fails: parameter_count, fitted_values, trains_layer
# open: predicts_next
# code: layer_not_trained
# epochs: 30
# %% 1.2
torch.manual_seed(43052)
rnncell = torch.nn.RNNCell(7, 8)
cook = torch.nn.Linear(8, 7)
table = torch.nn.Parameter(torch.zeros(999, 7))
optimizr = torch.optim.Adam([*rnncell.parameters(), *cook.parameters(), table], lr=0.1)
lossfn = torch.nn.CrossEntropyLoss()
for epoc in range(epochs):
    h = torch.zeros(8)
    with torch.no_grad():
        for xt in x[:30]:
            h = rnncell(xt, h)
    loss = lossfn(table, y)
    loss.backward()
    optimizr.step()
    optimizr.zero_grad()
yhat = torch.softmax(table, dim=1).detach()
