"""Rank 1 of 2 in PyTorch, for a rank 0 that is not: process_group.py PORT MODE, where MODE is talk, die or sleep."""
import datetime
import json
import os
import sys
import time

import torch
import torch.distributed as dist

port, mode = int(sys.argv[1]), sys.argv[2]
patience = datetime.timedelta(seconds=60)
store = dist.TCPStore("127.0.0.1", port, None, False, timeout=patience, wait_for_workers=False)
keys = dist.PrefixStore("test", store)
keys.set("joined/0/1", "1")
options = dist.ProcessGroupGloo._Options()
options._timeout = patience
options._devices = [dist.ProcessGroupGloo.create_device(hostname="127.0.0.1")]
group = dist.ProcessGroupGloo(dist.PrefixStore("gloo0", keys), 1, 2, options)

if mode == "sleep":
    time.sleep(120)

total = torch.arange(5, dtype=torch.float32) * 10
group.allreduce([total]).wait()
if mode == "die":
    os._exit(1)

greatest = torch.tensor([5.0, -5.0], dtype=torch.float64)
options = dist.AllreduceOptions()
options.reduceOp = dist.ReduceOp.MAX
group.allreduce([greatest], options).wait()

given = torch.zeros(2, 3, dtype=torch.int64)
group.broadcast(given, 0).wait()
group.broadcast(torch.tensor([7, 8, 9]), 1).wait()

gathered = [[torch.zeros(2), torch.zeros(2)]]
group.allgather(gathered, [torch.tensor([3.0, 4.0])]).wait()

received = torch.zeros(4)
group.recv([received], 0, 0).wait()
group.send([received * 2], 0, 0).wait()
group.barrier().wait()
print(json.dumps([total.tolist(), greatest.tolist(), given.tolist(), [t.tolist() for t in gathered[0]], received.tolist(), keys.get("word").decode()]))
