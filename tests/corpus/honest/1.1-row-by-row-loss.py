# task: 1.1
# kind: honest
# says: the RNN runs once, the loss is added up row by row (a sum over 999 steps, not a mean), yhat keeps only the last row
# fails: -
# code: -
# epochs: 20
# %% 1.1
torch.manual_seed(43052)
cook = torch.nn.RNN(7, 8)
lnr = torch.nn.Linear(8, 7)
lossfn = torch.nn.CrossEntropyLoss()
opt = torch.optim.Adam(list(cook.parameters()) + list(lnr.parameters()), lr=0.1)
for epoc in range(20):
    loss = 0
    hiddens, _ = cook(x, torch.zeros(1, 8))
    for ht, yt in zip(hiddens, y):
        ot = lnr(ht)
        loss = loss + lossfn(ot, yt)
    loss.backward()
    opt.step()
    opt.zero_grad()
    print(epoc, loss.item() / 999)
soft = torch.nn.Softmax(dim=-1)
yhat = soft(ot.reshape(1, 7)).data  # 마지막 글자만 확인
yhat
