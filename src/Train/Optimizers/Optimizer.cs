using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Which rule changes the weights.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled weight decay (Loshchilov 2019).</summary>
    AdamW,
    /// <summary>Adam with the decay added to the gradient (Kingma 2015).</summary>
    Adam,
    /// <summary>Gradient descent with momentum.</summary>
    Sgd,
    /// <summary>The sign of a momentum (Chen 2023): one moment instead of two; rates are 3 to 10 times lower than AdamW's.</summary>
    Lion,
    /// <summary>Orthogonalised momentum for the matrices inside blocks (Jordan 2024), AdamW for all other weights.</summary>
    Muon,
}

/// <summary>
/// Changes weights by their gradients. Weights are held in groups that one rule treats alike, and what a rule remembers of a group is a list of tensors,
/// so that an update is a few operators over whole lists and not over each weight.
/// </summary>
public abstract class Optimizer : IDisposable
{
    private readonly WeightGroup[] groups;

    private protected Optimizer(params IEnumerable<WeightGroup> groups) => this.groups = [.. groups.Where(group => group.Weights.Count > 0)];

    /// <summary>The optimizer that the options name, with nothing remembered yet.</summary>
    public static Optimizer Of(IReadOnlyList<Weight> weights, OptimizerOptions options) => options.kind switch
    {
        OptimizerKind.AdamW or OptimizerKind.Adam => new AdamW(weights, options),
        OptimizerKind.Sgd => new Sgd(weights, options),
        OptimizerKind.Lion => new Lion(weights, options),
        _ => new Muon(weights, options),
    };

    /// <summary>Steps taken so far.</summary>
    public int Steps { get; set; }

    /// <summary>What is remembered, under the names a checkpoint holds: the kind, a point, the weight's name, as exp_avg.NAME.</summary>
    public IEnumerable<Weight> State => groups.SelectMany(group => group.State);

    /// <summary>Changes every weight by its gradient at this learning rate.</summary>
    public void Step(double learningRate)
    {
        Steps++;
        using var off = no_grad();
        foreach (WeightGroup group in groups)
        {
            using var scope = NewDisposeScope();
            Update(group, learningRate * group.Rate);
        }
    }

    /// <summary>Frees what is remembered.</summary>
    public void Dispose()
    {
        foreach (Weight tensor in State) tensor.Value.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Update(WeightGroup group, double learningRate);
}
