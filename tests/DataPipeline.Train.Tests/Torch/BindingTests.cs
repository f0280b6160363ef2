using System.Diagnostics;
using DataPipeline.Torch;
using F = DataPipeline.Torch.torch.nn.functional;

namespace DataPipeline.Train.Tests;

public class BindingTests
{
    [TorchFact]
    public void Invoke_AnyOperatorByName_ReturnsItsResults()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.tensor<double>([3, 1, 2, 6, 5, 4], [2, 3]);

        object?[] sorted = new Operator("aten::sort").Invoke(x, 1, true);
        var pieces = (Tensor[])new Operator("aten::split_with_sizes").Invoke(x, new long[] { 1, 2 }, 1)[0]!;
        var product = (Tensor)new Operator("aten::einsum").Invoke("ij,kj->ik", new[] { x, x }, null)[0]!;

        Assert.Equal([3, 2, 1, 6, 5, 4], ((Tensor)sorted[0]!).ToArray<double>());
        Assert.Equal([0L, 2, 1, 0, 1, 2], ((Tensor)sorted[1]!).ToArray<long>());
        Assert.Equal([2L, 2], pieces[1].shape);
        Assert.Equal([14.0, 31, 31, 77], product.ToArray<double>());
    }

    [TorchFact]
    public void Call_ShapesThatDoNotFit_NamesOperatorAndShapes()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.zeros([2, 3]), y = torch.zeros([4, 5], torch.float64);

        TorchException error = Assert.Throws<TorchException>(() => torch.matmul(x, y));

        Assert.Contains("aten::matmul(Float[2, 3], Double[4, 5])", error.Message);
    }

    [TorchFact]
    public void Call_UnknownOperator_SaysSo()
    {
        TorchException error = Assert.Throws<TorchException>(() => new Operator("aten::no_such_thing", "Tensor").Invoke());

        Assert.Contains("has no operator aten::no_such_thing.Tensor", error.Message);
    }

    [TorchFact]
    public void Dispose_TensorUsedAfter_Throws()
    {
        Tensor x;
        using (torch.NewDisposeScope()) x = torch.zeros([1]);

        Assert.Throws<ObjectDisposedException>(() => x.add(1));
    }

    [TorchFact]
    public void MoveToOuterDisposeScope_InnerScopeEnds_LivesUntilTheOuterEnds()
    {
        long before = Tensor.Alive;
        using (torch.NewDisposeScope())
        {
            Tensor kept;
            using (torch.NewDisposeScope()) kept = torch.ones([3]).mul(2).MoveToOuterDisposeScope();
            Assert.Equal([2f, 2, 2], kept.ToArray<float>());
            Assert.Equal(before + 1, Tensor.Alive);
        }
        Assert.Equal(before, Tensor.Alive);
    }

    [TorchFact]
    public void Backward_SumOfSquares_IsTwiceTheInput()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.tensor<float>([1, -2, 3], [3]);
        x.requires_grad = true;

        (x * x).sum().backward();

        Assert.Equal([2f, -4, 6], x.grad!.ToArray<float>());
    }

    [TorchFact]
    public void NoGrad_Inside_RecordsNothing()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.ones([1]);
        x.requires_grad = true;
        using (torch.no_grad()) Assert.False((x * 2).requires_grad);
        Assert.True((x * 2).requires_grad);
    }

    [TorchFact]
    public void ManualSeed_SameSeed_SameNumbersAndStateRoundTrips()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(7);
        float[] first = torch.randn([5]).ToArray<float>();
        Tensor state = torch.get_rng_state();
        float[] second = torch.randn([5]).ToArray<float>();

        torch.set_rng_state(state);
        Assert.Equal(second, torch.randn([5]).ToArray<float>());
        torch.manual_seed(7);
        Assert.Equal(first, torch.randn([5]).ToArray<float>());
    }

    [TorchFact]
    public void Autocast_BFloat16_LowersProductsOnlyInside()
    {
        using var scope = torch.NewDisposeScope();
        Tensor x = torch.ones([2, 2]);
        using (torch.autocast(torch.CPU, torch.bfloat16)) Assert.Equal(torch.bfloat16, F.linear(x, x).dtype);
        Assert.Equal(torch.float32, F.linear(x, x).dtype);
    }

    [TorchFact]
    public void Threads_NotSet_AreOneWhateverTheMachine()
    {
        Assert.Equal(1, torch.get_num_threads());
        int elsewhere = 0;
        var thread = new Thread(() => elsewhere = torch.get_num_threads());
        thread.Start();
        thread.Join();
        Assert.Equal(1, elsewhere);
    }

    [TorchFact]
    public void Steps_Hundreds_KeepMemoryFlat()
    {
        torch.manual_seed(1);
        using var model = new Llama(new LlamaOptions(layers: 2, heads: 2, width: 64, context: 32), vocabulary: 128);
        using var optimizer = new AdamW(model.Weights, new OptimizerOptions());
        void Step()
        {
            using var scope = torch.NewDisposeScope();
            Tensor tokens = torch.rand([8, 33]).mul(128).to(torch.int64);
            F.cross_entropy(model.Forward(tokens.narrow(1, 0, 32)).view(-1, 128), tokens.narrow(1, 1, 32).reshape(-1)).backward();
            Gradients.Clip(model.Weights, 1);
            optimizer.Step(1e-3);
            Gradients.Clear(model.Weights);
        }

        for (int i = 0; i < 50; i++) Step();
        long tensors = Tensor.Alive, resident = Resident();
        for (int i = 0; i < 300; i++) Step();

        Assert.Equal(tensors, Tensor.Alive);
        Assert.True(Resident() - resident < 20 << 20, $"resident memory grew by {(Resident() - resident) >> 20} MiB in 300 steps");
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
