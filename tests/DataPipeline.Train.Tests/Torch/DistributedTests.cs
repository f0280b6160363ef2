using System.Diagnostics;
using DataPipeline.Core;
using DataPipeline.Tests;
using DataPipeline.Torch;

namespace DataPipeline.Train.Tests;

/// <summary>This process as rank 0 and PyTorch as rank 1 of one process group: both have to mean the same by every call.</summary>
public sealed class DistributedTests : IDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);
    private Process? python;

    public void Dispose()
    {
        torch.distributed.destroy_process_group();
        if (python is { HasExited: false }) python.Kill();
        python?.Dispose();
    }

    [DebianPythonFact("torch")]
    public void Collectives_WithPyTorch_BothMeanTheSame()
    {
        using var scope = torch.NewDisposeScope();
        using var store = new TCPStore("127.0.0.1", 0, isMaster: true, patience, "test");
        store.set("word", "tide");
        Start(store.Port, "talk");
        ProcessGroup group = torch.distributed.init_process_group(store, 0, 2, patience);
        Assert.Equal((0, 2, true), (torch.distributed.get_rank(), torch.distributed.get_world_size(), torch.distributed.is_initialized()));

        Tensor total = torch.arange(0, 5, dtype: torch.float32);
        torch.distributed.all_reduce(total);
        Tensor greatest = torch.tensor<double>([-3, 3], [2]);
        torch.distributed.all_reduce(greatest, ReduceOp.MAX);
        Tensor given = torch.tensor<long>([1, 2, 3, 4, 5, 6], [2, 3]), taken = torch.zeros([3], torch.int64);
        torch.distributed.broadcast(given, 0);
        torch.distributed.broadcast(taken, 1);
        Tensor[] gathered = [torch.zeros([2]), torch.zeros([2])];
        torch.distributed.all_gather(gathered, torch.tensor<float>([1, 2], [2]));
        Tensor sent = torch.tensor<float>([1, 2, 3, 4], [4]), back = torch.zeros([4]);
        torch.distributed.send(sent, 1);
        torch.distributed.recv(back, 1);
        torch.distributed.barrier();

        Assert.Equal([0, 11, 22, 33, 44], total.Values());
        Assert.Equal([5, 3], greatest.Values());
        Assert.Equal([7, 8, 9], taken.Values());
        Assert.Equal([1, 2, 3, 4], gathered.SelectMany(t => t.Values()));
        Assert.Equal([2, 4, 6, 8], back.Values());
        string said = python!.StandardOutput.ReadToEnd();
        Assert.True(said.Length > 0, python.StandardError.ReadToEnd());
        Assert.Equal("[[0.0, 11.0, 22.0, 33.0, 44.0], [5.0, 3.0], [[1, 2, 3], [4, 5, 6]], [[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0, 3.0, 4.0], \"tide\"]", said.Trim());
        Assert.Equal(5 * 4 + 2 * 8 + 6 * 8 + 3 * 8 + 2 * 4 + 2 * 4 * 4, group.Bytes);
    }

    [DebianPythonFact("torch")]
    public void Reduce_RankThatDied_IsNamed()
    {
        using Rendezvous rendezvous = NewRendezvous();
        Start(rendezvous.Environment.MasterPort, "die");
        using GroupRanks ranks = GroupRanks.Join(rendezvous, null, "step", "key", new ParallelOptions(), nccl: false, default);
        using Tensor tensor = torch.zeros([5]);
        ranks.Reduce(tensor);

        MissingPartException error = Assert.Throws<MissingPartException>(() => ranks.Reduce(tensor));

        Assert.StartsWith("rank 1 of 2 is gone or stands still", error.Message);
        Assert.Contains("Run the same command again to continue", error.Message);
    }

    [DebianPythonFact("torch")]
    public void Reduce_RankThatDoesNotCome_TimesOut()
    {
        using Rendezvous rendezvous = NewRendezvous();
        Start(rendezvous.Environment.MasterPort, "sleep");
        using GroupRanks ranks = GroupRanks.Join(rendezvous, null, "step", "key", new ParallelOptions(timeoutSeconds: 10), nccl: false, default);
        using Tensor tensor = torch.zeros([5]);

        MissingPartException error = Assert.Throws<MissingPartException>(() => ranks.Reduce(tensor));

        Assert.StartsWith("rank 1 of 2 is gone or stands still", error.Message);
        Assert.Contains("imed out", error.Message);
    }

    [TorchFact]
    public void Join_RankThatWasNeverStarted_IsNamed()
    {
        using Rendezvous rendezvous = NewRendezvous();

        MissingPartException error = Assert.Throws<MissingPartException>(() => GroupRanks.Join(rendezvous, null, "step", "key", new ParallelOptions(timeoutSeconds: 1), nccl: false, default));

        Assert.Contains("of 2 processes rank 1 did not come within 1 s", error.Message);
    }

    [TorchFact]
    public void Open_NobodyHoldsTheStore_NamesTheAddress() =>
        Assert.Contains("rank 1 does not reach rank 0 at 127.0.0.1:9", Assert.Throws<MissingPartException>(() => Rendezvous.Open(new RankEnvironment(1, 2, 1, "127.0.0.1", 9, "test"), TimeSpan.FromSeconds(1))).Message);

    private static Rendezvous NewRendezvous() => Rendezvous.Open(new RankEnvironment(0, 2, 0, "127.0.0.1", 0, "test"), patience);

    private void Start(int port, string mode) =>
        python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [DebianPython.Oracle("process_group.py"), $"{port}", mode]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
