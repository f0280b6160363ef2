using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>Low-rank adapters (Hu 2021): the model stays as it is, and beside each matrix W a product B A of rank r is trained. Merged they are W + alpha/r B A.</summary>
/// <param name="rank">Rank r.</param>
/// <param name="alpha">Scale: alpha/r multiplies the product.</param>
/// <param name="dropout">Share of the adapter's inputs zeroed in training.</param>
/// <param name="targets">Last names of the matrices, as q_proj or c_attn; all of them if not given (Dettmers 2023 found that all are needed).</param>
/// <param name="quantize">Holds the frozen matrices in 4-bit NormalFloat: QLoRA (Dettmers 2023).</param>
public sealed record LoraOptions(
    [Range(1, 4096)] int rank = 16,
    [Range(0.0, 1e6)] double alpha = 32,
    [Range(0.0, 0.99)] double dropout = 0,
    IReadOnlyList<string>? targets = null,
    bool quantize = false);
