using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>What a <see cref="LossScaler"/> remembers from step to step.</summary>
/// <param name="Scale">What the loss is multiplied by.</param>
/// <param name="GoodSteps">Steps without overflow since the scale last changed.</param>
/// <param name="Overflowed">Steps left out so far.</param>
internal readonly record struct LossScalerState(float Scale, int GoodSteps, int Overflowed);

/// <summary>
/// Dynamic loss scaling (Micikevicius 2018) by the rule of torch.cuda.amp.GradScaler: the loss is multiplied by a scale, so that small gradients do not
/// vanish in float16; a step whose gradients overflow is left out and halves the scale, and a run of good steps doubles it.
/// </summary>
/// <param name="initial">The first scale.</param>
/// <param name="growth">What the scale is multiplied by after <paramref name="interval"/> good steps.</param>
/// <param name="backoff">What it is multiplied by after an overflow.</param>
/// <param name="interval">Good steps in a row until it grows.</param>
internal sealed class LossScaler(float initial = 65536, float growth = 2, float backoff = 0.5f, int interval = 2000)
{
    /// <summary>Gradients that overflow at this scale are of a loss that is lost: float16 holds nothing smaller than 2^-24.</summary>
    internal const float Least = 1f / (1 << 14);

    internal LossScalerState State { get; set; } = new(initial, 0, 0);

    /// <summary>The loss to call backward on.</summary>
    internal Tensor Scaled(Tensor loss) => loss * State.Scale;

    /// <summary>Divides the gradients by the scale and moves it on. False where a gradient is infinite or NaN: the step is to be left out.</summary>
    internal bool Unscale(IReadOnlyList<Weight> weights)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var gradients = new TensorList([.. weights.Select(w => w.Value.grad).OfType<Tensor>()]);
        bool isFinite = IsFinite(gradients);
        @foreach.mul_(gradients, 1 / State.Scale);
        Move(isFinite);
        return isFinite;
    }

    private void Move(bool isGood)
    {
        if (!isGood)
        {
            State = new(State.Scale * backoff, 0, State.Overflowed + 1);
            return;
        }
        int good = State.GoodSteps + 1;
        State = good < interval ? State with { GoodSteps = good }
            : State with { Scale = float.IsFinite(State.Scale * growth) ? State.Scale * growth : State.Scale, GoodSteps = 0 };
    }

    // A finite norm needs finite numbers, and costs one number brought back from the device. Squares overflow before numbers do, so an infinite norm proves nothing.
    private static bool IsFinite(TensorList gradients) =>
        double.IsFinite(stack(@foreach.norm(gradients)).norm().item()) || gradients.Tensors.All(g => g.isfinite().all().item() != 0);
}
