using DataPipeline.Torch;
using static DataPipeline.Torch.torch;

namespace DataPipeline.Train;

/// <summary>Proximal policy optimisation (Schulman 2017) with generalised advantages (Schulman 2016), for answers scored at their end (Ziegler 2019).</summary>
/// <param name="Gamma">Discount of later rewards.</param>
/// <param name="Lambda">Decay of later differences.</param>
/// <param name="KlWeight">Weight of the log-ratio to the reference taken from each token's reward.</param>
/// <param name="Clip">How far from 1 a policy ratio is used.</param>
/// <param name="ValueClip">How far a value may move from its old estimate.</param>
/// <param name="ValueWeight">Weight of the value loss.</param>
public sealed record Ppo(double Gamma = 1, double Lambda = 0.95, double KlWeight = 0.05, double Clip = 0.2, double ValueClip = 0.2, double ValueWeight = 0.1)
{
    /// <summary>Reward of each token: the penalty for leaving the reference, and the score on the last.</summary>
    public Tensor Rewards(Tensor logps_BT, Tensor reference_BT, Tensor scores_B)
    {
        using var scope = NewDisposeScope();
        Tensor penalty = (logps_BT - reference_BT) * -KlWeight;
        long time = penalty.size(1);
        return cat([penalty.narrow(1, 0, time - 1), penalty.narrow(1, time - 1, 1) + scores_B.unsqueeze(1)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>Advantages A_t = delta_t + gamma * lambda * A_t+1 with delta_t = r_t + gamma * V_t+1 - V_t, and returns A + V.</summary>
    public (Tensor Advantages, Tensor Returns) Advantages(Tensor rewards_BT, Tensor values_BT)
    {
        using var scope = NewDisposeScope();
        long time = rewards_BT.size(1);
        var steps = new Tensor[time];
        Tensor later = zeros([rewards_BT.size(0)], rewards_BT.dtype, rewards_BT.device), nextValue = later;
        for (long t = time - 1; t >= 0; t--)
        {
            Tensor value = values_BT.select(1, t);
            later = rewards_BT.select(1, t) + nextValue * Gamma - value + later * (Gamma * Lambda);
            (steps[t], nextValue) = (later, value);
        }
        Tensor advantages = stack(steps, 1);
        return (advantages.MoveToOuterDisposeScope(), (advantages + values_BT).MoveToOuterDisposeScope());
    }

    /// <summary>Shifted and scaled to mean 0 and variance 1 over all tokens.</summary>
    public static Tensor Whitened(Tensor x, bool unbiased = true)
    {
        using var scope = NewDisposeScope();
        return ((x - x.mean()) / (x.reshape(-1).std(0, unbiased).pow(2) + 1e-8).sqrt()).MoveToOuterDisposeScope();
    }

    /// <summary>Clipped policy loss and clipped value loss, means over the tokens of the mask.</summary>
    public (Tensor Policy, Tensor Value) Losses(Tensor logps, Tensor oldLogps, Tensor advantages, Tensor values, Tensor oldValues, Tensor returns, Tensor mask)
    {
        using var scope = NewDisposeScope();
        Tensor ratio = (logps - oldLogps).exp(), count = mask.sum();
        Tensor policy = maximum(-advantages * ratio, -advantages * ratio.clamp(1 - Clip, 1 + Clip));
        Tensor near = oldValues + (values - oldValues).clamp(-ValueClip, ValueClip);
        Tensor value = maximum((values - returns).pow(2), (near - returns).pow(2)) * 0.5;
        return (((policy * mask).sum() / count).MoveToOuterDisposeScope(), ((value * mask).sum() / count).MoveToOuterDisposeScope());
    }
}
