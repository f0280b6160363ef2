using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train.Tests;

/// <summary>What is computed again in the backward pass against the same pass with everything kept.</summary>
public sealed class ActivationCheckpointTests : IDisposable
{
    private const int Vocabulary = 32, Layers = 3;
    private readonly string folder = Directory.CreateTempSubdirectory("recompute").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static LanguageModel Make(string family) => family switch
    {
        "gpt2" => new Gpt2(new Gpt2Options(Layers, 2, 32, 16, dropout: 0.1, attentionDropout: 0.2), Vocabulary, 3),
        "bloom" => new Bloom(new BloomOptions(Layers, 2, 32, 16, dropout: 0.1), Vocabulary, 3),
        "mixtral" => new Llama(new LlamaOptions(Layers, 2, width: 32, context: 16, experts: new ExpertOptions(3, 2)), Vocabulary, 3),
        _ => new Llama(new LlamaOptions(Layers, 4, 2, 32, 16, window: 8), Vocabulary, 3),
    };

    [TorchTheory]
    [InlineData("gpt2", 1)]
    [InlineData("gpt2", 2)]
    [InlineData("bloom", 1)]
    [InlineData("llama", 2)]
    [InlineData("llama", 1, Precision.Bfloat16)]
    [InlineData("llama", 1, Precision.Float32, "lora")]
    [InlineData("gpt2", 1, Precision.Float32, "bottleneck")]
    [InlineData("mixtral", 1)]
    [InlineData("mixtral", 100, Precision.Bfloat16)]
    public void Run_Recomputed_HasTheLossesGradientsAndWeightsOfAPlainRun(string family, int every, Precision precision = Precision.Float32, string adapters = "")
    {
        (StepReport[] Reports, byte[] Weights) Train(int checkpointActivations, string name)
        {
            var reports = new List<StepReport>();
            using LanguageModel model = Make(family);
            if (adapters == "lora") Lora.Attach(model, new LoraOptions(rank: 2, dropout: 0.2));
            if (adapters == "bottleneck") Bottleneck.Attach(model, new BottleneckOptions(width: 4));
            var options = new PretrainOptions(steps: 4, accumulate: 2, precision: precision, checkpointActivations: checkpointActivations);
            using var trainer = new Pretrainer(model, new CountingSource(4, 17, Vocabulary), null, options, new OptimizerOptions(learningRate: 1e-2, warmupSteps: 1), Path.Combine(folder, name)) { Stepped = reports.Add };
            string checkpoint = trainer.Run().Checkpoint;
            return ([.. reports], File.ReadAllBytes(Path.Combine(checkpoint, adapters switch { "lora" => "adapter_model.safetensors", "bottleneck" => "bottleneck.safetensors", _ => "model.safetensors" })));
        }
        (StepReport[] plain, byte[] plainWeights) = Train(0, "plain");
        (StepReport[] recomputed, byte[] weights) = Train(every, "recomputed");

        Assert.Equal(plain.Select(r => (r.Loss, r.GradientNorm)), recomputed.Select(r => (r.Loss, r.GradientNorm)));
        Assert.Equal(plain.SelectMany(r => r.Auxiliary), recomputed.SelectMany(r => r.Auxiliary));
        Assert.Equal(family == "mixtral" ? 2 : 0, recomputed[0].Auxiliary.Count);
        Assert.True(plainWeights.AsSpan().SequenceEqual(weights));
    }

    [TorchFact]
    public void Forward_Recomputed_HoldsAFractionOfTheMemory()
    {
        using var model = new Llama(new LlamaOptions(layers: 8, heads: 4, width: 64, context: 128), Vocabulary, 3);
        long Held(int every)
        {
            using var scope = NewDisposeScope();
            model.CheckpointActivations = every;
            Tensor tokens = zeros([8, 128], int64);
            long before = (long)AllocatedBytes();
            Tensor logits = model.Forward(tokens);
            return (long)AllocatedBytes() - before;
        }
        Held(0);
        long all = Held(0), each = Held(1), two = Held(2);

        Assert.True(all > 40 << 20, $"{all} bytes");
        Assert.True(each < all / 8, $"{each} of {all} bytes");
        Assert.True(two < each, $"{two} bytes in groups of two, {each} of one");
    }

    // In use by malloc, from which libtorch has its memory: what is resident does not fall when memory is freed.
    private static nuint AllocatedBytes() => Information().InUse;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallocInformation
    {
        private readonly nuint arena, freeBlocks, fastBlocks, mappedBlocks, mappedBytes, highest, fastBytes;
        public readonly nuint InUse;
        private readonly nuint free, top;
    }

    [DllImport("libc.so.6", EntryPoint = "mallinfo2")]
    private static extern MallocInformation Information();

    [TorchFact]
    public void Checkpoint_SeveralOutputsAndInputs_GivesTheGradientsOfAPlainCall()
    {
        using var scope = NewDisposeScope();
        Tensor Leaf(double[] values)
        {
            Tensor leaf = tensor<double>(values, [values.Length]);
            leaf.requires_grad = true;
            return leaf;
        }
        Tensor weight = Leaf([2, 3, 5]), x = Leaf([1, 2, 3]), kept = tensor<double>([1, 0, 1], [3]);
        int calls = 0;

        Tensor[] outputs = utils.checkpoint(inputs =>
        {
            calls++;
            Assert.Null(inputs[2]);
            return [inputs[0]! * inputs[0]! * weight * inputs[1]!, inputs[0]!.sum(), inputs[1]!.sum()];
        }, x, kept, null);
        // The third output, which needs no gradient, and the first are used; the second is not.
        ((outputs[0] * 10).sum() + outputs[2]).backward();

        Assert.Equal(2, calls);
        Assert.Equal([40.0, 0, 300], x.grad!.Values());
        Assert.Equal([10.0, 0, 90], weight.grad!.Values());
        Assert.Null(kept.grad);
    }

    [TorchFact]
    public void Checkpoint_WithoutGradients_CallsOnce()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        int calls = 0;
        Tensor y = utils.checkpoint(inputs =>
        {
            calls++;
            return [inputs[0]! * 2];
        }, ones([2]))[0];
        Assert.Equal(1, calls);
        Assert.Equal([2.0, 2], y.Values());
    }

    [TorchTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Checkpoint_FunctionThrows_ComesBackAsAnErrorAndLeaksNothing(int failingCall)
    {
        long before = Tensor.Alive;
        float[] random = [];
        using (NewDisposeScope())
        {
            int calls = 0;
            Tensor x = ones([2]);
            x.requires_grad = true;
            manual_seed(5);
            void Call() => utils.checkpoint(inputs =>
            {
                Tensor drawn = rand([2]);
                return ++calls == failingCall ? throw new InvalidOperationException("no such block") : [inputs[0]! * drawn];
            }, x)[0].sum().backward();

            if (failingCall == 1)
            {
                Assert.Equal("no such block", Assert.Throws<InvalidOperationException>(Call).Message);
            }
            else
            {
                Assert.Contains("InvalidOperationException in a part that is computed again: no such block", Assert.Throws<TorchException>(Call).Message);
                // The random state is that behind the first call, not that of the second.
                random = rand([2]).ToArray<float>();
                manual_seed(5);
                rand([2]);
                Assert.Equal(rand([2]).ToArray<float>(), random);
            }
            // libtorch is as usable as before.
            utils.checkpoint(inputs => [inputs[0]! * 3], x)[0].sum().backward();
            Assert.Equal([3.0, 3], x.grad!.Values());
        }
        Assert.Equal(before, Tensor.Alive);
    }

    [TorchTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Checkpoint_GraphGone_FreesTheFunction(bool backward)
    {
        long before = Tensor.Alive;
        WeakReference function = Record(backward);
        for (int i = 0; i < 10 && function.IsAlive; i++) GC.Collect();
        Assert.False(function.IsAlive);
        Assert.Equal(before, Tensor.Alive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Record(bool backward)
    {
        using var scope = NewDisposeScope();
        Tensor x = ones([2]);
        x.requires_grad = true;
        var held = new double[] { 2 };
        Tensor y = utils.checkpoint(inputs => [inputs[0]! * held[0]], x)[0].sum();
        if (backward) y.backward();
        return new WeakReference(held);
    }
}
