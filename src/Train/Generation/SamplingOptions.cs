using System.ComponentModel.DataAnnotations;

namespace DataPipeline.Train;

/// <summary>How tokens are drawn. The settings act in this order: penalty, temperature, top-k, top-p, min-p, each on what the one before left.</summary>
/// <param name="tokens">Most new tokens.</param>
/// <param name="temperature">Divides the logits; 0 takes the likeliest token, the lowest id of equals.</param>
/// <param name="topK">Draws among the k likeliest (Fan 2018), and what is equal to the last of them; 0 is all.</param>
/// <param name="seed">Seed of the draws.</param>
/// <param name="topP">Draws among the likeliest tokens that together reach this probability (Holtzman 2020), one at least; 1 is all.</param>
/// <param name="minP">Leaves out tokens less likely than this times the likeliest (Nguyen 2024); 0 is all.</param>
/// <param name="repetitionPenalty">Divides positive logits of tokens already in the text and multiplies negative ones (Keskar 2019); 1 is none.</param>
public sealed record SamplingOptions(
    [Range(1, 1 << 20)] int tokens = 64,
    [Range(0.0, 100.0)] double temperature = 0.8,
    [Range(0, 1 << 24)] int topK = 40,
    ulong seed = 1,
    [Range(0.0, 1.0)] double topP = 1,
    [Range(0.0, 1.0)] double minP = 0,
    [Range(0.01, 100.0)] double repetitionPenalty = 1);
