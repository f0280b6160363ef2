using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>Which share of the tokens f an expert is said to have in the balance loss, experts * sum(f * P) with P its mean probability: 1 where all are equal (k for mixtral).</summary>
public enum BalanceLoss
{
    /// <summary>Tokens whose first choice it is: Switch (Fedus 2021), GShard (Lepikhin 2020).</summary>
    FirstChoice,
    /// <summary>Its share of all assignments: Megatron.</summary>
    Assignments,
    /// <summary>Assignments to it for each token, so that the shares sum to k: Hugging Face's Mixtral (Jiang 2024).</summary>
    Mixtral,
}

/// <summary>A mixture of experts: each token goes through its best k of them. One expert a token is Switch (Fedus 2021), two are GShard, GLaM and Mixtral.</summary>
/// <param name="experts">Experts of a layer.</param>
/// <param name="perToken">Experts a token goes through, k.</param>
/// <param name="capacityFactor">An expert takes at most ceil(this * k * tokens / experts) of a batch, first choices before second ones; what is over skips the layer. 0 drops nothing.</param>
/// <param name="balance">Form of the balance loss.</param>
/// <param name="balanceWeight">Weight of the balance loss of a layer: 0.01 in Switch.</param>
/// <param name="routerZWeight">Weight of mean(logsumexp(router logits)^2), the z-loss (Zoph 2022): 0.001 there.</param>
/// <param name="renormalize">Whether the probabilities of the k chosen are made to sum to 1; with k = 1 they are left, else no gradient would reach the router.</param>
public sealed record ExpertOptions(
    [Range(2, 4096)] int experts = 8,
    [Range(1, 64)] int perToken = 2,
    [Range(0.0, 1000.0)] double capacityFactor = 0,
    BalanceLoss balance = BalanceLoss.FirstChoice,
    [Range(0.0, 100.0)] double balanceWeight = 0.01,
    [Range(0.0, 100.0)] double routerZWeight = 0.001,
    bool renormalize = true)
{
    /// <summary>What does not fit together, or null.</summary>
    public string? Mistake => perToken > experts ? $"per_token {perToken} is more than the {experts} experts" : null;
}
