using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;

namespace DataPipeline.Train;

/// <summary>LLaMA 7B (Touvron 2023): 6,738,415,616 parameters with its 32,000 tokens; LLaMA 2 7B with context 4096 and norm_eps 1e-5.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama-7b")]
public sealed record Llama7B([Range(1, 1 << 20)] int context = 2048) : LlamaOptions(32, 32, 0, 4096, context, 11008, 10000, 1e-6, tied: false);

/// <summary>LLaMA 13B: 13,015,864,320 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama-13b")]
public sealed record Llama13B([Range(1, 1 << 20)] int context = 2048) : LlamaOptions(40, 40, 0, 5120, context, 13824, 10000, 1e-6, tied: false);

/// <summary>LLaMA 33B: 32,528,943,616 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama-33b")]
public sealed record Llama33B([Range(1, 1 << 20)] int context = 2048) : LlamaOptions(60, 52, 0, 6656, context, 17920, 10000, 1e-6, tied: false);

/// <summary>LLaMA 65B: 65,285,660,672 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama-65b")]
public sealed record Llama65B([Range(1, 1 << 20)] int context = 2048) : LlamaOptions(80, 64, 0, 8192, context, 22016, 10000, 1e-6, tied: false);

/// <summary>LLaMA 2 7B (Touvron 2023b): 6,738,415,616 parameters with its 32,000 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama2-7b")]
public sealed record Llama2Of7B([Range(1, 1 << 20)] int context = 4096) : LlamaOptions(32, 32, 0, 4096, context, 11008, 10000, 1e-5, tied: false);

/// <summary>LLaMA 2 13B: 13,015,864,320 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama2-13b")]
public sealed record Llama2Of13B([Range(1, 1 << 20)] int context = 4096) : LlamaOptions(40, 40, 0, 5120, context, 13824, 10000, 1e-5, tied: false);

/// <summary>LLaMA 2 70B: 68,976,648,192 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama2-70b")]
public sealed record Llama2Of70B([Range(1, 1 << 20)] int context = 4096) : LlamaOptions(80, 64, 8, 8192, context, 28672, 10000, 1e-5, tied: false);

/// <summary>LLaMA 3 8B (Dubey 2024): 8,030,261,248 parameters with its 128,256 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama3-8b")]
public sealed record Llama3Of8B([Range(1, 1 << 20)] int context = 8192) : LlamaOptions(32, 32, 8, 4096, context, 14336, 500000, 1e-5, tied: false);

/// <summary>LLaMA 3 70B: 70,553,706,496 parameters with 128,256 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("llama3-70b")]
public sealed record Llama3Of70B([Range(1, 1 << 20)] int context = 8192) : LlamaOptions(80, 64, 8, 8192, context, 28672, 500000, 1e-5, tied: false);

/// <summary>Mistral 7B v0.1 (Jiang 2023), which looks 4096 tokens back: 7,241,732,096 parameters with its 32,000 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("mistral-7b")]
public sealed record Mistral7B([Range(1, 1 << 20)] int context = 32768) : LlamaOptions(32, 32, 8, 4096, context, 14336, 10000, 1e-5, tied: false, window: 4096);

/// <summary>Mixtral 8x7B (Jiang 2024), two of eight experts a token: 46,702,792,704 parameters with its 32,000 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("mixtral-8x7b")]
public sealed record Mixtral8Of7B([Range(1, 1 << 20)] int context = 32768) : LlamaOptions(32, 32, 8, 4096, context, 14336, 1000000, 1e-5, tied: false, experts: new ExpertOptions(8, 2, balance: BalanceLoss.Mixtral));
