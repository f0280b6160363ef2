using System.ComponentModel.DataAnnotations;
using DataPipeline.Core.Config;

namespace DataPipeline.Train;

/// <summary>BLOOM 560M (BigScience 2022): 559,214,592 parameters with its 250,880 tokens.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("bloom-560m")]
public sealed record Bloom560M([Range(1, 1 << 20)] int context = 2048) : BloomOptions(24, 16, 1024, context);

/// <summary>BLOOM 1.1B: 1,065,314,304 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("bloom-1b1")]
public sealed record Bloom1B1([Range(1, 1 << 20)] int context = 2048) : BloomOptions(24, 16, 1536, context);

/// <summary>BLOOM 7.1B: 7,069,016,064 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("bloom-7b1")]
public sealed record Bloom7B1([Range(1, 1 << 20)] int context = 2048) : BloomOptions(30, 32, 4096, context);

/// <summary>BLOOM 176B: 176,247,271,424 parameters.</summary>
/// <param name="context">Longest sequence in tokens.</param>
[Stage("bloom-176b")]
public sealed record Bloom176B([Range(1, 1 << 20)] int context = 2048) : BloomOptions(70, 112, 14336, context);
