using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;

namespace DataPipeline.Train;

/// <summary>GPT-2 small (Radford 2019): 124,439,808 parameters with its 50,257 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="dropout">Share of activations zeroed in training.</param>
[Stage("gpt2-124m")]
public sealed record Gpt2Small([Range(1, 1 << 20)] int context = 1024, [Range(0.0, 0.99)] double dropout = 0) : Gpt2Options(12, 12, 768, context, dropout: dropout);

/// <summary>GPT-2 medium: 354,823,168 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="dropout">Share of activations zeroed in training.</param>
[Stage("gpt2-355m")]
public sealed record Gpt2Medium([Range(1, 1 << 20)] int context = 1024, [Range(0.0, 0.99)] double dropout = 0) : Gpt2Options(24, 16, 1024, context, dropout: dropout);

/// <summary>GPT-2 large: 774,030,080 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="dropout">Share of activations zeroed in training.</param>
[Stage("gpt2-774m")]
public sealed record Gpt2Large([Range(1, 1 << 20)] int context = 1024, [Range(0.0, 0.99)] double dropout = 0) : Gpt2Options(36, 20, 1280, context, dropout: dropout);

/// <summary>GPT-2 XL: 1,557,611,200 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
/// <param name="dropout">Share of activations zeroed in training.</param>
[Stage("gpt2-1558m")]
public sealed record Gpt2ExtraLarge([Range(1, 1 << 20)] int context = 1024, [Range(0.0, 0.99)] double dropout = 0) : Gpt2Options(48, 25, 1600, context, dropout: dropout);
